/* controls - bugs on purpose, so that fault tests can prove that they would be noticed.
 *
 * Compiled in only with -DFUNDWATCH_CONTROLS (make CONTROLS=1), and then chosen by the
 * environment variable FUNDWATCH_CONTROL.  In the store:
 *   dedup_off           ids that were counted are not looked up
 *   two_transactions    balances are committed after the journal, in a transaction of their own
 *   same_epoch          restoring a backup begins no epoch
 *   year_dropped        a policy may leave out the subsidies of a year that are still owed
 *   field_left_out      self_pay is not compared when an id comes again
 *   counts_at_once      what needs a second person does not wait for one
 *   one_person          whoever proposed it may be the second person
 *   any_head            any journal is that of a head that was written down
 *   content_ignored     whatever comes with an id that was counted is a duplicate
 *   dedup_window        ids are forgotten after 1,024 records
 *   dedup_by_id         ids are looked up without their issuer
 *   no_sync             commits are not synced
 *   no_meta_sync        a commit's head is not synced
 *   no_folder_sync      a file that was made is synced, and not the folder that it is in
 *   run_unsynced        a run of an index is named in a commit without having been synced
 *   merge_lacks_one     of the runs of an index that become one the last is left out
 *   newest_merged       of more runs of a level than become one those in front are left over
 *   unlisted_run        a run that was made after a commit had taken its list is used as if it were in it
 *   tail_of_one         a start reads the journal from where the last index ends, not the first
 *   sync_again          a group whose commit failed is tried again
 *   map_full_is_done    a commit that found the map full is taken for one that was made
 *   no_checksum         records and rows are read without their checksum
 *   no_chain            a rebuild does not compare the chain
 *   two_openers         the lock of a store does not matter
 *   alert_number_again  after a start the newest alert's number is given once more
 *   time_goes_back      records are dated by the clock, also when that goes back
 *   late_is_lost        money of more than a month before the books date is answered and not booked
 *   reversed_twice      what was reversed may be reversed again
 *   block_unchecked     blocks of a run are believed without a look at their checksum
 *   any_format          a store of whatever format is taken for one of this
 *   descriptor_kept     a backup leaves its file open
 *   snapshot_kept       the first snapshot that a reader had is never given up
 *   quarantine_as_sent  what could not be booked is kept with everything that is in it
 * in the rules of the money:
 *   sums_wrap           a sum of two amounts that leaves 64 bits comes back at their other end
 * in a source's spool, beside no_sync, no_meta_sync, no_folder_sync and no_checksum:
 *   open_to_all         its file may be read by everybody
 *   spool_uncounted     what it says that is in it is not compared with what is
 * in the producers:
 *   unhashed_person     a person's number goes out, and behind it what makes it look like a hash
 *   cores               a program that dies may leave its memory in a file
 * in the monitor, beside no_folder_sync:
 *   bookmark_unsynced   where it goes on is not synced
 * in the decoders:
 *   float_is_one        a float is taken for the integer 1
 *   small_money         amounts have 32 bits
 *   twice_is_once       of a field that stands twice the last one counts
 *   missing_is_zero     what a reply lacks is taken for 0
 *   tail_ignored        what is left behind an event's canonical bytes does not matter
 * in the producers' client:
 *   forget_at_send      a batch is done with when it was sent
 * and in the daemon those that daemon/controls.h lists.
 *
 * In the same builds a step that asks failpoint("name") can be made to fail:
 * FUNDWATCH_FAILPOINT=NAME:ACTION:K, at the K-th time that it is reached.  `abort` ends the process there;
 * `error` lets the step fail with -EIO; `delay` waits until somebody opens the other end of the pipe
 * FUNDWATCH_FAILPOINT_GO.  When it happens the name is appended to FUNDWATCH_FAILPOINT_LOG.  The names of
 * all are in the section `failpoints` of a program, where tests find them. */
#pragma once

#include <stdbool.h>

#ifdef FUNDWATCH_CONTROLS
#include <stdlib.h>
#include <string.h>

static inline bool control(const char *name)
{
    const char *chosen = getenv("FUNDWATCH_CONTROL");
    return chosen != NULL && strcmp(chosen, name) == 0;
}

int failpoint_reached(const char *name);
#define failpoint(name) \
    ({ \
        static const char failpoint_name[] __attribute__((section("failpoints"), used)) = name; \
        failpoint_reached(failpoint_name); \
    })
#else
#define control(name) false
#define failpoint(name) 0
#endif
