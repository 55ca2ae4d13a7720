# fundwatch.  `make help` lists the targets; docs/HACKING.md says more.

VERSION := 0.1.0

CC      ?= gcc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
DESTDIR ?=
Q       := $(if $(V),,@)

# Each variant builds into a folder of its own, so that sanitizer, coverage and
# plain builds never mix objects: make SAN=1, make TSAN=1, make COV=1, make MCDC=1, make FUZZ=1.
# Where optimised code keeps its variables takes a compiler an eighth of its time and more with sanitizers, and
# they ask for lines alone.
# CONTROLS=1 compiles the seeded bugs that the fault tests must catch.
VARIANT := plain
ifdef SAN
VARIANT := san
VFLAGS  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -fno-var-tracking
endif
ifdef TSAN
VARIANT := tsan
VFLAGS  := -fsanitize=thread -O1 -fno-var-tracking
endif
ifdef COV
VARIANT := cov
VFLAGS  := --coverage -O0
endif
ifdef MCDC
VARIANT := mcdc
CC      := clang-19
VFLAGS  := -fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc -O0
endif
ifdef FUZZ
VARIANT := fuzz
CC      := clang
VFLAGS  := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
endif
# Where objects go, and what is linked from them.
O := build/$(VARIANT)
B := $(O)
ifdef CONTROLS
B := $(O)-controls
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
        -Wundef -Wwrite-strings -Wpointer-arith -Wvla
ifndef NO_WERROR
WARN += -Werror
endif
HARDEN := -fPIE -fstack-protector-strong -fstack-clash-protection
# clang before 16 asks for another flag beside it.
HARDEN += $(shell $(CC) -ftrivial-auto-var-init=zero -x c -fsyntax-only /dev/null 2>/dev/null && echo -ftrivial-auto-var-init=zero)
ifeq ($(filter san% tsan% cov% mcdc% fuzz%,$(VARIANT)),)
HARDEN += -D_FORTIFY_SOURCE=3
endif
ALL_CFLAGS  = -std=gnu2x $(CFLAGS) $(WARN) $(HARDEN) $(VFLAGS) -pthread
ALL_CPPFLAGS = -I. -D_GNU_SOURCE -DFUNDWATCH_VERSION='"$(VERSION)"' $(CPPFLAGS) $(PKG_CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(VFLAGS) -pthread $(LDFLAGS)

# Evaluated only when something is compiled, so that `make help` and `make setup`
# work before the packages are there.
pkg = $(shell pkg-config $(1) $(2))
PKG_CFLAGS   = $(call pkg,--cflags,libsodium)
LIBS_wire    = $(call pkg,--libs,msgpack libsodium)
LIBS_store   = $(call pkg,--libs,lmdb libxxhash) $(LIBS_wire)
LIBS_net     = $(call pkg,--libs,libzmq)
LIBS_daemon  = $(LIBS_net) $(call pkg,--libs,libmicrohttpd libcyaml libutf8proc) $(LIBS_store)
LIBS_producer = $(LIBS_net) $(call pkg,--libs,jansson libcyaml) -lcsv $(LIBS_store)
LIBS_consumer = $(LIBS_net) $(call pkg,--libs,jansson libutf8proc libcyaml) $(LIBS_wire)

# --- What there is.  A new module needs no edit here: a file called
# fundwatch*.c is a program, every other one belongs to its folder's archive.
srcs      = $(sort $(wildcard $(1)/*.c))
modules   = $(filter-out $(1)/fundwatch%.c,$(call srcs,$(1)))
programs  = $(patsubst $(1)/%.c,%,$(filter $(1)/fundwatch%.c,$(call srcs,$(1))))
objs      = $(foreach file,$(1),$(call obj,$(file)))
# A file that asks for no seeded bug is the same with them and without.
ifdef CONTROLS
SEEDED := $(shell grep -ls '/controls\.h"' */*.c */*/*.c)
endif
obj       = $(if $(filter $(1),$(SEEDED)),$(B),$(O))/$(1:.c=.o)

STORE_SRC    := $(call modules,store)
SPOOL_SRC    := $(call modules,store/spool)
DAEMON_SRC   := $(call modules,daemon)
PRODUCERS    := $(call programs,producers)
CONSUMERS    := $(call programs,consumers)
PROGRAMS     := fundwatchd $(PRODUCERS) $(CONSUMERS)

# What a program links is what it may know: only the daemon gets the store,
# producers get the spool, consumers get neither.
$(B)/libfund.a:     $(call objs,$(call modules,fund))
$(B)/libwire.a:     $(call objs,$(call modules,wire))
$(B)/libnet.a:      $(call objs,$(call modules,wire/net))
$(B)/libstore.a:    $(call objs,$(STORE_SRC))
$(B)/libspool.a:    $(call objs,$(SPOOL_SRC))
$(B)/libdaemon.a:   $(call objs,$(DAEMON_SRC))
$(B)/libfundwatch-producer.a: $(call objs,$(call modules,producers/client))
$(B)/libfundwatch-consumer.a: $(call objs,$(call modules,consumers/client))
$(B)/libfiles.a:     $(call objs,$(call modules,files))
$(B)/libproducers.a: $(call objs,$(call modules,producers))
$(B)/libconsumers.a: $(call objs,$(call modules,consumers))

A_daemon   = $(addprefix $(B)/,libdaemon.a libstore.a libnet.a libwire.a libfund.a)
A_producer = $(addprefix $(B)/,libproducers.a libfiles.a libfundwatch-producer.a libspool.a libnet.a libwire.a libfund.a)
A_consumer = $(addprefix $(B)/,libconsumers.a libfiles.a libfundwatch-consumer.a libnet.a libwire.a libfund.a)

.PHONY: all
all: $(addprefix $(B)/,$(PROGRAMS)) ## build every program (default)
.DEFAULT_GOAL := all

link = @echo "  LINK  $@"; mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(1)
ifdef V
link = $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(1)
endif

$(B)/fundwatchd: $(call objs,daemon/fundwatchd.c) $(A_daemon)
	$(call link,$(LIBS_daemon))
$(addprefix $(B)/,$(PRODUCERS)): $(B)/%: $(O)/producers/%.o $(A_producer)
	$(call link,$(LIBS_producer))
$(addprefix $(B)/,$(CONSUMERS)): $(B)/%: $(O)/consumers/%.o $(A_consumer)
	$(call link,$(LIBS_consumer))

$(B)/%.a:
	@echo "  AR    $@"
	@rm -f $@ && ar rcs $@ $(filter %.o,$^)

$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
ifdef CONTROLS
$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $< (seeded)"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -DFUNDWATCH_CONTROLS -MMD -MP -c -o $@ $<
endif
-include $(shell find $(sort $(O) $(B)) -name '*.d' 2>/dev/null)

# --- Tests.  tests/X/test_Y.c is a Check program for X/Y.c.
# They are half of what is compiled for sanitizers, and what takes time in them is the code that they test.
ifdef SAN
$(O)/tests/%.o: VFLAGS += -O0
endif
UNIT_fund     := $(call srcs,tests/fund)
UNIT_wire     := $(call srcs,tests/wire)
UNIT_store    := $(call srcs,tests/store)
UNIT_daemon   := $(call srcs,tests/daemon)
UNIT_files    := $(call srcs,tests/files)
UNIT_producers := $(call srcs,tests/producers)
UNIT_consumers := $(call srcs,tests/consumers)
test_programs = $(patsubst %.c,$(B)/%,$(filter $(1)/test_%.c,$(2)))
TESTS := $(foreach d,fund wire store daemon files producers consumers,$(call test_programs,tests/$(d),$(UNIT_$(d))))
CHECK_LIBS = $(call pkg,--libs,check)

test_support = $(call objs,$(filter-out tests/$(1)/test_%.c,$(UNIT_$(1)))) $(O)/tests/main.o
$(call test_programs,tests/fund,$(UNIT_fund)): $(B)/tests/fund/%: $(O)/tests/fund/%.o $(call test_support,fund) $(B)/libfund.a
	$(call link,$(CHECK_LIBS) $(WRAP_$(notdir $*)))
$(call test_programs,tests/wire,$(UNIT_wire)): $(B)/tests/wire/%: $(O)/tests/wire/%.o $(call test_support,wire) $(B)/libnet.a $(B)/libwire.a $(B)/libfund.a
	$(call link,$(CHECK_LIBS) $(LIBS_net) $(LIBS_wire) $(WRAP_$(notdir $*)))
$(call test_programs,tests/store,$(UNIT_store)): $(B)/tests/store/%: $(O)/tests/store/%.o $(call test_support,store) $(addprefix $(B)/,libstore.a libspool.a libwire.a libfund.a)
	$(call link,$(CHECK_LIBS) $(LIBS_store) $(WRAP_$(notdir $*)))
$(call test_programs,tests/daemon,$(UNIT_daemon)): $(B)/tests/daemon/%: $(O)/tests/daemon/%.o $(call test_support,daemon) $(A_daemon)
	$(call link,$(CHECK_LIBS) $(LIBS_daemon) $(WRAP_$(notdir $*)))
$(call test_programs,tests/files,$(UNIT_files)): $(B)/tests/files/%: $(O)/tests/files/%.o $(call test_support,files) $(O)/tests/producers/scratch.o $(addprefix $(B)/,libfiles.a libwire.a libfund.a)
	$(call link,$(CHECK_LIBS) $(call pkg,--libs,libcyaml) $(LIBS_wire))
$(call test_programs,tests/producers,$(UNIT_producers)): $(B)/tests/producers/%: $(O)/tests/producers/%.o $(call test_support,producers) $(A_producer)
	$(call link,$(CHECK_LIBS) $(LIBS_producer) $(WRAP_$(notdir $*)))
$(call test_programs,tests/consumers,$(UNIT_consumers)): $(B)/tests/consumers/%: $(O)/tests/consumers/%.o $(call test_support,consumers) $(A_consumer)
	$(call link,$(CHECK_LIBS) $(LIBS_consumer) $(WRAP_$(notdir $*)))

# The linker puts what can fail in front of these, so that each step does.
wrap = $(foreach f,$(1),-Wl,--wrap=$(f))
WRAP_test_failing_steps := $(call wrap,mdb_env_open mdb_dbi_open mdb_txn_begin mdb_txn_commit mdb_get mdb_put mdb_del mdb_cursor_open mdb_cursor_get mdb_cursor_put \
                             malloc calloc realloc fsync mdb_env_get_flags mdb_env_create)
WRAP_test_course        := $(call wrap,malloc)
WRAP_test_writer        := $(call wrap,realloc)
WRAP_test_backup        := $(call wrap,open mkdir fsync rename read stat mdb_env_create mdb_env_open mdb_env_copyfd2 \
                             mdb_env_set_mapsize mdb_txn_begin mdb_txn_commit mdb_get)
WRAP_test_deferred      := $(call wrap,malloc calloc realloc mdb_cursor_get mdb_del)
WRAP_test_beside        := $(call wrap,malloc calloc realloc)
WRAP_test_people        := $(call wrap,malloc calloc realloc mdb_cursor_get)
WRAP_test_waiting       := $(call wrap,malloc calloc realloc)
WRAP_test_env           := $(call wrap,open fstat posix_fallocate mdb_env_get_flags mdb_cursor_open mdb_cursor_get)
WRAP_test_index         := $(call wrap,fsync)
WRAP_test_index_steps   := $(call wrap,fsync malloc calloc realloc pthread_create)
WRAP_test_actions       := $(call wrap,hash_seen)
WRAP_test_runs          := $(call wrap,pwrite fstat mmap fsync malloc calloc realloc)
WRAP_test_files         := $(call wrap,read write fsync mkdir fdopendir)
WRAP_test_read_ahead    := $(call wrap,malloc calloc mmap pthread_cond_wait)
WRAP_test_group         := $(call wrap,policy_decode)
WRAP_test_rights        := $(call wrap,malloc calloc realloc person_name_folded)
WRAP_test_zap_request   := $(call wrap,zmq_getsockopt)
WRAP_test_pool          := $(call wrap,malloc calloc realloc)
WRAP_test_fair          := $(call wrap,malloc calloc realloc)
WRAP_test_log           := $(call wrap,clock_gettime)
WRAP_test_store         := $(call wrap,clock_gettime getrandom flock)

# --- The simulation: the real programs over threads, clocks, files and a libzmq of its own (tests/sim/kernel.h).
# LMDB is linked statically, so that it is put on them as well.
SIM_OBJ    := $(call objs,$(call srcs,tests/sim))
SIM_LIBS    = -Wl,-Bstatic -llmdb -Wl,-Bdynamic $(call pkg,--libs,libmicrohttpd libcyaml libutf8proc libxxhash) $(LIBS_wire)
WRAP_sim   := $(call wrap,pthread_create pthread_join pthread_self pthread_key_create pthread_key_delete \
                pthread_getspecific pthread_setspecific $(addprefix pthread_mutex_,init destroy lock trylock unlock) \
                $(addprefix pthread_cond_,init destroy wait signal broadcast) \
                $(addprefix pthread_rwlock_,init destroy rdlock wrlock unlock) \
                eventfd poll ppoll clock_gettime getrandom _exit \
                open close read write pwrite writev fsync fdatasync posix_fallocate rename unlink unlinkat mkdir rmdir \
                mallopt store_options_default zap_start zap_prove zap_stop)
$(B)/sim: $(SIM_OBJ) $(addprefix $(B)/,libdaemon.a libfundwatch-producer.a libfundwatch-consumer.a libstore.a libspool.a libnet.a libwire.a libfund.a)
	$(call link,$(SIM_LIBS) $(WRAP_sim))

.PHONY: sim
sim: $(B)/sim ## build the simulation: build/plain/sim SEED --trace

.PHONY: tests
tests: $(TESTS) ## build the unit tests of this variant

# What makes faults.  Only of the plain variants: the daemon runs with one of them in front of the C library.
FAULT_OBJ := $(call objs,$(filter-out tests/powerloss/record.c tests/powerloss/powerloss.c,$(call srcs,tests/powerloss)))
$(B)/powerloss: $(B)/tests/powerloss/powerloss.o $(FAULT_OBJ) $(addprefix $(B)/,libstore.a libwire.a libfund.a)
	$(call link,$(LIBS_store) $(call wrap,mmap munmap))
$(B)/corruption: $(B)/tests/corruption/corruption.o $(B)/tests/corruption/damage.o $(FAULT_OBJ) $(addprefix $(B)/,libstore.a libwire.a libfund.a)
	$(call link,$(LIBS_store) $(call wrap,mmap munmap))
$(B)/corruption-spools: $(B)/tests/corruption/spools.o $(B)/tests/corruption/damage.o $(FAULT_OBJ) $(addprefix $(B)/,libspool.a libstore.a libwire.a libfund.a)
	$(call link,$(LIBS_store) $(call wrap,mmap munmap))
$(B)/record.so: tests/powerloss/record.c tests/powerloss/log.h
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_CPPFLAGS) -std=gnu2x $(CFLAGS) $(WARN) -fPIC -shared -pthread -o $@ $<
.PHONY: faults
faults: $(B)/powerloss $(B)/record.so $(B)/corruption $(B)/corruption-spools ## build what makes disks and damage for the fault tests
ifeq ($(B),build/plain)
tests: faults
endif
ifeq ($(B),build/plain-controls)
all: $(B)/corruption $(B)/corruption-spools
endif

.PHONY: unit
unit: tests ## run the unit tests of this variant
	@printf '%s\n' $(TESTS) | xargs -P "$$(nproc)" -n 1 tests/run unit

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install the Debian packages that are missing
	@tools/setup

.PHONY: check-source
check-source: ## rules about the source that need no compiler
	@tools/check-source

.PHONY: clean
clean: ## remove what was built
	rm -rf build

# --- Fuzzing.  tests/fuzz/SIDE/fuzz_NAME.c is one function; it links what its side may.  libFuzzer calls it, and a
# main of our own with the files of its corpus, so that each corpus is also a plain test.
FUZZ_SIDES := wire store daemon producers consumers
fuzzers     = $(patsubst tests/fuzz/$(1)/fuzz_%.c,%,$(wildcard tests/fuzz/$(1)/fuzz_*.c))
FUZZERS    := $(foreach side,$(FUZZ_SIDES),$(call fuzzers,$(side)))
REPLAYS    := $(FUZZ_SIDES:%=$(B)/tests/fuzz/replay_%)
A_fuzz_wire      := $(O)/tests/wire/swallow.o $(B)/libwire.a $(B)/libfund.a
FUZZ_BOOKS       := $(O)/tests/fuzz/books.o $(O)/tests/store/vocabulary.o
A_fuzz_store     := $(FUZZ_BOOKS) $(addprefix $(B)/,libstore.a libspool.a libwire.a libfund.a)
A_fuzz_daemon    := $(FUZZ_BOOKS) $(A_daemon)
A_fuzz_producers := $(O)/tests/fuzz/line.o $(A_producer)
A_fuzz_consumers := $(O)/tests/fuzz/line.o $(A_consumer)
LIBS_fuzz_wire      = $(LIBS_wire)
LIBS_fuzz_store     = $(LIBS_store)
LIBS_fuzz_daemon    = $(LIBS_daemon)
LIBS_fuzz_producers = $(LIBS_producer)
LIBS_fuzz_consumers = $(LIBS_consumer)
# What is not there while a reader is fuzzed: sockets, jobs, the bookkeeper.
WRAP_fuzz_daemon := $(call wrap,query_command query_can_command jobs_add jobs_add_replay jobs_release caretaker_look \
                      caretaker_sources zmq_recv zmq_getsockopt mdb_get mdb_cursor_get)
WRAP_fuzz_store  := $(call wrap,spool_txn_get spool_txn_from)
WRAP_line           := net_context net_connect net_receive net_message_free net_send zmq_close zmq_ctx_term zmq_setsockopt \
                       zmq_socket zmq_socket_monitor zmq_connect zmq_poll clock_gettime poll
WRAP_fuzz_producers := $(call wrap,$(WRAP_line))
WRAP_fuzz_consumers := $(call wrap,$(WRAP_line) fw_query_ask)
define fuzz_side
FUZZ_WITH_$(1) := $$(call objs,tests/fuzz/input.c $$(filter-out tests/fuzz/$(1)/fuzz_%.c,$$(wildcard tests/fuzz/$(1)/*.c)))
$(B)/tests/fuzz/replay_$(1): $(O)/tests/fuzz/main.o $$(call objs,$$(wildcard tests/fuzz/$(1)/fuzz_*.c)) $$(FUZZ_WITH_$(1)) $$(A_fuzz_$(1))
	$$(call link,$$(LIBS_fuzz_$(1)) $$(WRAP_fuzz_$(1)))
$$(addprefix $(B)/tests/fuzz/,$$(call fuzzers,$(1))): $(B)/tests/fuzz/%: $(O)/tests/fuzz/$(1)/fuzz_%.o $(O)/tests/fuzz/libfuzzer.o $$(FUZZ_WITH_$(1)) $$(A_fuzz_$(1))
	$$(call link,-fsanitize=fuzzer $$(LIBS_fuzz_$(1)) $$(WRAP_fuzz_$(1)))
endef
$(foreach side,$(FUZZ_SIDES),$(eval $(call fuzz_side,$(side))))

.PHONY: replays
replays: $(REPLAYS) ## run every fuzz corpus as a plain test
	@for replay in $(REPLAYS); do $$replay tests/fuzz/corpus || exit 1; done

.PHONY: fuzzers
fuzzers: $(FUZZERS:%=$(B)/tests/fuzz/%)

FUZZ_S ?= 60
.PHONY: fuzz
fuzz: ## fuzz each reader for FUZZ_S seconds with libFuzzer (needs clang)
	@tools/fuzz "$(FUZZ_S)" $(FUZZERS)

# --- What users and CI run.
.PHONY: check
check: ## install what is missing, then every test; the last line counts them
	@tools/check

.PHONY: check-deep
check-deep: ## hours of the same, row by row, resumed where it was stopped (tools/check-deep --list)
	@tools/check-deep

.PHONY: check-controls
check-controls: ## every seeded design bug, and which test catches it
	@tools/setup
	@tools/check-controls

.PHONY: coverage
coverage: ## which branches and lines the tests reach (installs gcovr); an error if it is too little
	@tools/setup --coverage
	@tools/coverage
.PHONY: mcdc
mcdc: ## which conditions of the core the unit tests show to decide by themselves (installs clang 19)
	@tools/setup --mcdc
	@tools/coverage --mcdc

.PHONY: proof
proof: ## prove the arithmetic of money and parts of the integer decoder (installs Frama-C and its provers)
	@tools/setup --proof
	@tools/proof

.PHONY: demo
demo: ## install what is missing, build, and play four published years through the daemon
	@tools/demo

$(B)/bench: $(call objs,$(wildcard tests/bench/*.c)) $(addprefix $(B)/,libfundwatch-producer.a libfundwatch-consumer.a libspool.a libnet.a libwire.a libfund.a)
	$(call link,$(LIBS_net) $(LIBS_store))
.PHONY: bench
bench: setup ## durable events per second and latencies, beside its parts and raw LMDB in the same run
	@$(MAKE) -s -j2 all $(B)/bench
	@tests/bench/run $(B) $(BENCH)
.PHONY: bench-long
bench-long: setup ## growth to 20 million events, and the year of a city of 5.88 million
	@$(MAKE) -s -j2 all $(B)/bench
	@tests/bench/run $(B) --runs 1 --share 1 --only growth,year $(BENCH)

# What the comparison links besides; `make check` never needs it.
PEERS_PKG   := libpq sqlite3 hiredis
PEERS_OBJ   := $(call objs,$(call srcs,tests/peers))
PEERS_BENCH := $(call objs,$(addprefix tests/bench/,bench.c books.c load.c machine.c numbers.c process.c sender.c watch.c))
$(PEERS_OBJ): ALL_CPPFLAGS += $(call pkg,--cflags,$(PEERS_PKG))
$(B)/bench-peers: $(PEERS_OBJ) $(PEERS_BENCH) $(addprefix $(B)/,libfundwatch-consumer.a libnet.a libwire.a libfund.a)
	$(call link,$(LIBS_net) $(LIBS_store) $(call pkg,--libs,$(PEERS_PKG)))
.PHONY: bench-peers
bench-peers: ## the same beside PostgreSQL, SQLite and Redis (installs them; 2 GB of disk, 10 minutes)
	@tools/setup --peers
	@$(MAKE) -s -j2 $(B)/fundwatchd $(B)/bench-peers
	@tests/peers/run $(B) $(PEERS)

# --- Installing.
MANPAGES := $(patsubst docs/man/%.scd,$(B)/man/%,$(wildcard docs/man/*.scd))
$(B)/man/%: docs/man/%.scd
	@mkdir -p $(@D)
	@echo "  MAN   $@"
	@scdoc <$< >$@
.PHONY: man
man: $(MANPAGES) ## build the manual pages

# What programs on the client libraries may include: C, and C++ from 17 on.
INCLUDES := $(wildcard fund/*.def) \
            $(addprefix fund/,account.h alert.h amount.h calendar.h causes.h date.h event.h hindrance.h indicator.h moves.h place.h policy.h ratio.h subsidy.h) \
            $(addprefix wire/,alert_codec.h batch.h document.h event_codec.h hash.h limits.h policy_codec.h reader.h writer.h net/net.h) \
            store/spool/spool.h producers/client/producer.h consumers/client/monitor.h consumers/client/query.h
I := $(DESTDIR)$(PREFIX)
.PHONY: install
install: all man ## install programs, manual pages, systemd units, client libraries and headers (PREFIX, DESTDIR)
	@tools/install "$(B)" "$(DESTDIR)" "$(PREFIX)" "$(VERSION)" $(INCLUDES)
