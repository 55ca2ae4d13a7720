/* controls - the bugs on purpose in the daemon; wire/controls.h says how they are chosen.
 *
 *   ack_before_commit   replies leave before store_commit()
 *   full_is_done        a batch for which there is no room is answered as if it were booked
 *   failed_is_done      so is one whose commit failed
 *   persons_logged      the log says of each event whose it is
 *   batches_kept        what a batch took in memory is not given back
 *   last_ref            a reply names the batch that came last
 *   stored_address      a source is answered where its first batch came from
 *   names_without_end   a key brings as many names of sources as it likes
 *   no_quota            one source may take all places for batches
 *   source_quota        a key may have as many places as it has sources
 *   nodrop              alerts wait for every subscriber
 *   late_any_key        the ZAP handler lets every key in once it has proved itself
 *   zap_dies            the ZAP handler dies at its first request from outside
 *   zap_gone            it dies so, and the daemon goes on
 *   zap_late            it answers when the handshake is over
 *   zap_garbage         it answers what no handler may say
 *   domain_empty        public sockets have no ZAP domain
 *   enforce_off         public sockets let everybody in when there is no handler
 *   any_key             the ZAP handler lets every key in
 *   trailing_bytes      what is left behind a batch does not matter
 *   any_parts           a message may have more parts than it should
 *   any_size            it may be as large as it likes
 *   socket_taken        the socket of HTTP takes the place of any other
 *   first_stays         who is connected by HTTP stays, whatever he does
 *   no_handshake_end    a handshake may take for ever
 *   no_heartbeats       who says nothing is not asked whether he is still there
 *   stops_reading       libzmq stops to read from who sends more than is taken
 *   each_line           the log has a line for whatever comes again and again
 *   replies_without_end  a source may have as many unread replies as it likes
 *   unread_without_end  libzmq reads batches as fast as they come, whoever takes them
 *   no_turns            queries are answered as they come, whoever asks
 *   one_lane            so are those that take long
 *   handover            a routing id goes to whoever takes it
 *   wall_clock_timer    heartbeats go by the clock on the wall
 *   publish_before_commit  alerts are published that no commit has made true
 *   told_ignored        what a source was told of is not compared with the store
 *   last_descriptor     connections may take the last file descriptor
 *   alerts_stay         alerts are not published
 *   first_come          batches are booked in the order of arrival, whosever they are
 *   heard_afar          HTTP is served to the network
 *   never_warns         nothing is worth a warning
 *   rights_once         rights are looked at in the handshake, not on messages
 * and in the store dedup_off and two_transactions. */
#pragma once

#include "wire/controls.h"
