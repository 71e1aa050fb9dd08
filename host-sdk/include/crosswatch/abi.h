/* The binary contract between the CrossWatch host and a provider plugin.
 *
 * Plain C11, no dependencies. This file alone decides whether a host and a plugin that were built by
 * different compilers on different days work together. C++ authors include provider.hpp, which is
 * compiled into the plugin and never crosses the boundary itself.
 *
 * Conventions, for every declaration below:
 *   memory   Who allocates, frees. What a call receives is valid until the call returns, unless its
 *            declaration says otherwise. Strings are UTF-8, sized and not NUL-terminated.
 *   errors   No exception leaves either side. What can fail returns cw_status and fills cw_error.
 *   growth   Structs begin with their own size and grow only at the end (CW_HAS); arrays are walked by
 *            the stride that their producer states.
 *   time     int64_t seconds since 1970-01-01 UTC, CW_TIME_UNKNOWN when not known.
 *   threads  [any]   from any thread, also concurrently.
 *            [call]  only on the thread and during the call that handed the table over.
 *            [owner] never concurrently with another [owner] call on the same instance. */
#ifndef CROSSWATCH_ABI_H
#define CROSSWATCH_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CW_ABI_MAJOR 1u /* an existing declaration changed: any other major is refused */
#define CW_ABI_MINOR 2u /* something was appended: either side may be the newer one */
#define CW_ENTRY_SYMBOL "cw_plugin_entry"
#define CW_EXPORT __attribute__((visibility("default")))

/* Whether `table` is recent enough to carry `field`. Ask it of every field newer than minor 0. */
#define CW_HAS(table, field) \
  ((table)->struct_size >= (size_t)((const char*)&(table)->field - (const char*)(table)) + sizeof((table)->field))

#define CW_TIME_UNKNOWN INT64_MIN

typedef struct cw_str {
  const char* data;
  size_t size;
} cw_str;

typedef int32_t cw_status;
enum {
  CW_OK = 0,
  /* Answers of cw_auth.poll that are no errors. */
  CW_PENDING = 1, /* the user has not entered the code yet */
  CW_EXPIRED = 2, /* the code is no longer valid: begin again */
  CW_DENIED = 3,  /* the user or the service refused */
  /* Errors. */
  CW_CANCELLED = -1,     /* the host asked to stop */
  CW_NOT_LINKED = -2,    /* the profile has no login */
  CW_AUTH = -3,          /* the service rejected the login: link again */
  CW_SCOPE = -4,         /* the wanted user is unknown, ambiguous, or could not be proven */
  CW_NOT_FOUND = -5,     /* what the configuration names (a server, say) is not there */
  CW_THROTTLED = -6,     /* too many requests, see cw_error.retry_after_ms */
  CW_UNREACHABLE = -7,   /* network, name, TLS or server trouble */
  CW_PROTOCOL = -8,      /* an answer that cannot be understood */
  CW_CONFIG = -9,        /* a setting is missing or invalid */
  CW_UNSUPPORTED = -10,  /* the provider cannot do this, for this kind of user */
  CW_STORAGE = -11,      /* a local file cannot be read or written */
  CW_HOST_STOPPED = -12, /* a host callback failed: hand its status back unchanged */
  CW_INTERNAL = -13      /* a defect in the callee */
};

/* Filled by the callee when the status is negative. The caller owns it and sets struct_size.
 * The texts are for a person, hold no secret, and are not NUL-terminated. */
typedef struct cw_error {
  uint32_t struct_size;
  uint32_t retry_after_ms; /* 0: unknown */
  uint32_t http_status;    /* 0: no answer was received */
  uint32_t code_size;
  uint32_t message_size;
  uint32_t remedy_size;
  char code[48];     /* stable, for machines: "pin_required" */
  char message[512]; /* what happened, and where */
  char remedy[256];  /* what to do about it: a command, a setting */
} cw_error;

/* ---- Facts --------------------------------------------------------------------------------------- */

enum { CW_MOVIE = 1, CW_SHOW = 2, CW_SEASON = 3, CW_EPISODE = 4 };
enum { CW_WATCHLIST = 0, CW_RATINGS = 1, CW_HISTORY = 2, CW_PROGRESS = 3, CW_FEATURE_COUNT = 4 };

/* An external id that means the same everywhere. It is typed by the kind of item it stands at:
 * tmdb 603 of a movie and tmdb 603 of a show are different things. */
typedef struct cw_token {
  cw_str scheme; /* "imdb" "tmdb" "tvdb" "plex" "anidb" ... lower case */
  cw_str value;  /* "tt0133093", "603", "plex://movie/5d77.." */
} cw_token;

/* What a person did with an item. Members that the feature does not use hold their "none".
 * Embedded in other structs, so this one never grows. */
typedef struct cw_value {
  int64_t at;          /* watched, rated, stopped or listed at; CW_TIME_UNKNOWN */
  int64_t progress_ms; /* progress: position; -1 none */
  int64_t duration_ms; /* progress: length of the item; -1 unknown */
  int32_t rating;      /* ratings: tenths of a point, 0..100 (7.5 is 75); -1 none */
  uint32_t plays;      /* history: how often it was watched, 0 when only "watched" is known */
} cw_value;

typedef struct cw_fact {
  uint32_t struct_size;
  uint32_t kind;   /* CW_MOVIE .. */
  int32_t year;    /* 0 unknown */
  int32_t season;  /* of a season or episode; -1 unknown; 0 is a season (specials) */
  int32_t episode; /* -1 unknown */
  uint32_t id_count;
  uint32_t show_id_count;
  uint32_t play_count;
  cw_str ref;        /* the provider's own id, valid on that server only: "<machine id>/2341" */
  cw_str library_id; /* empty: the provider has no libraries */
  cw_str title;
  cw_str series_title;      /* of a season or episode */
  const cw_token* ids;      /* of the item itself */
  const cw_token* show_ids; /* of the show that a season or episode belongs to */
  const int64_t* plays_at;  /* history: every known time, newest first */
  cw_value value;
} cw_fact;

typedef struct cw_facts {
  uint32_t struct_size;
  uint32_t stride; /* the producer's sizeof(cw_fact) */
  uint64_t count;
  const cw_fact* first;
} cw_facts;

/* Receives pages of facts. Anything but CW_OK means stop and return that status. */
typedef struct cw_fact_sink {
  uint32_t struct_size;
  void* ctx;
  cw_status (*accept)(void* ctx, const cw_facts* page); /* [call] */
} cw_fact_sink;

/* ---- What the host lends ------------------------------------------------------------------------- */

/* Storage of one registered wake-up: the plugin's memory, the host's to use between watch and unwatch. */
typedef struct cw_watch {
  void (*wake)(void* user); /* must neither block nor fail; may run on any thread */
  void* user;
  void* host[6]; /* the host's own */
} cw_watch;

/* One running operation as the plugin sees it. Valid during the call that received it. */
typedef struct cw_call {
  uint32_t struct_size;
  void* ctx;
  cw_status (*wait)(void* ctx, uint32_t ms);                  /* [any] sleeps; CW_CANCELLED at once; wait(0) asks */
  void (*progress)(void* ctx, uint64_t done, uint64_t total); /* [any] total 0: unknown */
  /* [any] Runs `wake` once when the operation is, or becomes, cancelled: how a blocked read is
   * interrupted. unwatch returns only when no wake is running. Neither can fail. */
  void (*watch)(void* ctx, cw_watch* w);
  void (*unwatch)(void* ctx, cw_watch* w);
} cw_call;

typedef void (*cw_str_visitor)(void* user, cw_str value);

/* What an instance may use as long as it lives. Every function is [any]. */
typedef struct cw_host {
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
  void* ctx;
  void (*log)(void* ctx, int32_t level, cw_str message); /* 0 debug, 1 info, 2 warning, 3 error */
  /* Visits the value of a setting: once for a scalar (booleans as "true"/"false"), once an element for a
   * list. CW_NOT_FOUND without a visit when the setting has neither a value nor a default. */
  cw_status (*config)(void* ctx, cw_str key, cw_str_visitor visit, void* user);
  cw_status (*secret)(void* ctx, cw_str key, cw_str_visitor visit, void* user); /* as config; wiped afterwards */
  /* A small durable store of the profile's own; a value is at most 64 KiB. Empty value: forget. */
  cw_status (*kv_get)(void* ctx, cw_str key, cw_str_visitor visit, void* user);
  cw_status (*kv_set)(void* ctx, cw_str key, cw_str value);
  /* A private folder of the profile: kept as long as the profile is, so also for what is not disposable. */
  cw_status (*data_dir)(void* ctx, cw_str_visitor visit, void* user);
  int64_t (*now_ms)(void* ctx);                              /* milliseconds since 1970, UTC */
  const void* (*query)(void* ctx, const char* interface_id); /* optional services; null: not offered */
} cw_host;

/* Receives settings that the host shall store for this profile: all of them in one write, and only if the
 * call succeeds. An empty value removes the setting. */
typedef struct cw_setting_sink {
  uint32_t struct_size;
  void* ctx;
  cw_status (*set)(void* ctx, cw_str key, cw_str value); /* [call] */
} cw_setting_sink;

/* Receives lines of a report: section "account", key "state", value "ok". */
typedef struct cw_report_sink {
  uint32_t struct_size;
  void* ctx;
  cw_status (*put)(void* ctx, cw_str section, cw_str key, cw_str value); /* [call] */
} cw_report_sink;

/* Optional service of the host, asked for with cw_host.query: stores one setting of the profile at once. For what a
 * service hands out anew while nobody is there, such as a login that lives for days; only settings that the
 * manifest's auth.writes names, else CW_UNSUPPORTED. config and secret show it from then on. */
#define CW_SETTINGS_IID "cw.settings/1"
typedef struct cw_settings {
  uint32_t struct_size;
  uint32_t reserved;
  cw_status (*store)(void* ctx, cw_str key, cw_str value); /* [any] ctx: cw_host.ctx. Empty value: remove */
} cw_settings;

/* ---- AuthProvider -------------------------------------------------------------------------------- */

#define CW_AUTH_IID "cw.auth/1"
enum { CW_FLOW_DEVICE_PIN = 1 }; /* show a code and an address; poll until the user has entered it there */

typedef struct cw_challenge {
  uint32_t struct_size;
  uint32_t interval_ms; /* between polls */
  int64_t expires_at;
  char code[64];        /* NUL-terminated, as are the next two */
  char verify_url[512]; /* where the user enters the code */
  char state[1024];     /* opaque, holds no token; hand it to poll. The plugin keeps nothing */
} cw_challenge;

typedef struct cw_auth {
  uint32_t struct_size;
  uint32_t flow; /* CW_FLOW_DEVICE_PIN */
  /* [owner] all. begin and poll may run while the profile is linked; the old login stays until poll says
   * CW_OK, and then what it put into `settings` replaces it. */
  cw_status (*begin)(void* self, const cw_call* call, cw_challenge* out, cw_error* err);
  cw_status (*poll)(void* self, const cw_call* call, cw_str state, const cw_setting_sink* settings, cw_error* err);
  cw_status (*cancel)(void* self, const cw_call* call, cw_str state, cw_error* err);
  /* Ends the login at the service where that is possible, and puts the settings to clear. */
  cw_status (*disconnect)(void* self, const cw_call* call, const cw_setting_sink* settings, cw_error* err);
  /* Reports account, server and scope; CW_OK means that the profile can be used. The report is also
   * filled as far as it got when the status is an error. */
  cw_status (*status)(void* self, const cw_call* call, const cw_report_sink* report, cw_error* err);
} cw_auth;

/* ---- Directory ----------------------------------------------------------------------------------- */

#define CW_DIRECTORY_IID "cw.directory/1"

typedef struct cw_user {
  uint32_t struct_size;
  uint8_t guest;
  uint8_t is_protected; /* needs a PIN */
  uint8_t server_owner; /* owns the selected server */
  uint8_t selectable;   /* can be chosen in this profile */
  cw_str id;
  cw_str uuid;
  cw_str name;
  cw_str kind; /* "owner" "managed" "home" "friend" */
  cw_str why;  /* why it cannot be selected, and what to do; else empty */
} cw_user;

typedef struct cw_address {
  uint32_t struct_size;
  uint8_t local;
  uint8_t relay;
  uint16_t reserved;
  int64_t ms; /* until the answer, or the failure; -1 not tried */
  cw_str url;
  cw_str state; /* "ok" "untried" "unreachable" "wrong_server" "refused" ... */
  cw_str why;
} cw_address;

typedef struct cw_server {
  uint32_t struct_size;
  uint8_t owned;
  uint8_t selected;
  uint16_t reserved;
  cw_str id;
  cw_str name;
  const cw_address* addresses;
  uint32_t address_count;
  uint32_t address_stride;
} cw_server;

enum { CW_TAKES_PART_LIVE = 1 << 16 }; /* of cw_library.features: what happens in it is told by the watcher */

typedef struct cw_library {
  uint32_t struct_size;
  uint32_t features; /* bit 1 << CW_HISTORY: takes part in that feature; CW_TAKES_PART_LIVE */
  cw_str id;
  cw_str uuid;
  cw_str title;
  cw_str type;
} cw_library;

typedef struct cw_rows {
  uint32_t struct_size;
  uint32_t stride;
  uint64_t count;
  const void* first; /* cw_user, cw_server or cw_library */
} cw_rows;

typedef struct cw_row_sink {
  uint32_t struct_size;
  void* ctx;
  cw_status (*accept)(void* ctx, const cw_rows* page); /* [call] */
} cw_row_sink;

typedef struct cw_directory {
  uint32_t struct_size;
  /* [owner] all */
  /* An error after rows: those users are right, and it tells why others may be missing. */
  cw_status (*users)(void* self, const cw_call* call, const cw_row_sink* sink, cw_error* err);
  cw_status (*servers)(void* self, const cw_call* call, const cw_row_sink* sink, cw_error* err);
  cw_status (*libraries)(void* self, const cw_call* call, const cw_row_sink* sink, cw_error* err);
  /* Resolves a user (id, or a name that only one user has) and a server (id or name), either may be
   * empty, proves that they can be used (with the PIN, where the user is protected by one), and puts the
   * settings that choose them, the PIN among them. */
  cw_status (*select)(void* self, const cw_call* call, cw_str user, cw_str pin, cw_str server,
                      const cw_setting_sink* settings, cw_error* err);
} cw_directory;

/* ---- SyncAdapter --------------------------------------------------------------------------------- */

#define CW_SYNC_IID "cw.sync/1"

enum { CW_READ = 1, CW_ADD = 2, CW_UPDATE = 4, CW_REMOVE = 8, CW_BACKDATE = 16, CW_EVENTS = 32 };

typedef struct cw_capability {
  uint32_t struct_size;
  uint32_t can;              /* CW_READ | .. ; BACKDATE: writes keep their time; EVENTS: keeps single plays */
  uint32_t kinds;            /* bit 1 << CW_MOVIE .. */
  uint32_t rating_step;      /* tenths; 0 for features other than ratings */
  uint32_t time_precision_s; /* 0: keeps no time */
  uint32_t reserved;
} cw_capability;

enum { CW_READY = 0, CW_DEGRADED = 1, CW_DOWN = 2, CW_NEEDS_LOGIN = 3, CW_NOT_OFFERED = 4 };

typedef struct cw_feature_health {
  uint32_t state; /* CW_READY .. */
  char code[60];  /* NUL-terminated; why not ready, for machines */
} cw_feature_health;

typedef struct cw_health {
  uint32_t struct_size;
  uint32_t reserved;
  char identity[256]; /* NUL-terminated. Account and server whose facts these are; another text, other facts */
  cw_feature_health features[CW_FEATURE_COUNT];
} cw_health;

enum {
  CW_ALL_COPIES = 1u << 0, /* a new fact goes to every copy of the title that takes part, not to one */
  CW_REPLAY = 1u << 1,     /* a resume point may be stored on an item that is watched */
  CW_EDITIONS = 1u << 2,   /* with CW_ALL_COPIES: also to editions (a director's cut, say) that were never played */
  CW_BY_TITLE = 1u << 3    /* of lookup: what neither ref nor ids find may be told by title and year, as a guess */
};

/* What a snapshot or a write shall be limited to, and how far it may go. */
typedef struct cw_scope {
  uint32_t struct_size;
  uint32_t library_count; /* 0: what the profile's own settings allow; else their intersection */
  const cw_str* libraries;
  uint32_t write; /* apply: CW_ALL_COPIES | ..; lookup: CW_BY_TITLE. Whoever does not know a flag leaves it aside */
  uint32_t reserved;
  /* Since minor 2, of snapshot: the `state` of an earlier complete snapshot of this feature and these libraries, or
   * empty. Whoever would send exactly the same facts again may send none and set `unchanged`. */
  cw_str since;
} cw_scope;

typedef struct cw_snapshot_end {
  uint32_t struct_size;
  uint32_t complete; /* 1: the sink saw every fact there is in scope */
  uint64_t count;
  char reason[256]; /* NUL-terminated; why it is not complete */
  char scope[256];  /* NUL-terminated; which libraries were read: another text, another scope */
  /* Since minor 2. */
  uint32_t unchanged; /* 1: complete, and the facts are those of the snapshot with the state `since`; none was sent */
  uint32_t reserved;
  char state[128]; /* NUL-terminated, opaque; names what was read: the same text, the same facts. Empty: no name */
} cw_snapshot_end;

enum { CW_OP_ADD = 1, CW_OP_UPDATE = 2, CW_OP_REMOVE = 3 };

/* `fact` names the item by its tokens, by its ref when known, and holds the value to store.
 * `expect` is the value that the host last saw there: a provider that can compare refuses with CW_STALE. */
typedef struct cw_op {
  uint32_t struct_size;
  uint32_t type; /* CW_OP_ADD .. */
  const cw_fact* fact;
  cw_value expect;
} cw_op;

typedef struct cw_ops {
  uint32_t struct_size;
  uint32_t stride;
  uint64_t count;
  const cw_op* first;
} cw_ops;

enum {
  CW_NOT_ATTEMPTED = 0, /* what the host fills in beforehand: an early return leaves it standing */
  CW_APPLIED = 1,       /* stored, and read back: `value` is what is there now */
  CW_ALREADY = 2,       /* it was so before */
  CW_ABSENT = 3,        /* remove: there was no such fact */
  CW_NO_ENTITY = 4,     /* the provider does not have this title */
  CW_AMBIGUOUS = 5,     /* several titles fit: nothing was written */
  CW_CANNOT = 6,        /* this provider cannot represent it; `reason` says what */
  CW_REJECTED = 7,      /* the service refused this one */
  CW_STALE = 8,         /* the value is not `expect` any more: nothing was written */
  CW_TRANSIENT = 9,     /* failed for now, nothing was changed */
  CW_IN_DOUBT = 10      /* sent, but the effect could not be read back */
};

typedef struct cw_outcome {
  uint32_t struct_size;
  uint32_t result; /* CW_APPLIED .. */
  uint32_t retry_after_ms;
  uint32_t reserved;
  cw_value value;   /* what is stored now, when known */
  char ref[192];    /* NUL-terminated; of the item, when known */
  char reason[128]; /* NUL-terminated; code, then what to tell: "not_in_library: .." */
} cw_outcome;

enum {
  CW_UNKNOWN = 0,
  CW_PRESENT = 1,  /* the fact is there */
  CW_NO_FACT = 2,  /* the title is there, the fact is not */
  CW_NO_TITLE = 3, /* the title is not there */
  CW_AMBIGUOUS_TITLE = 4
};

typedef struct cw_answer {
  uint32_t struct_size;
  uint32_t state; /* CW_PRESENT .. */
  cw_value value;
  char ref[192]; /* NUL-terminated */
  /* Since minor 2; NUL-terminated. Not empty: the answer is a guess (CW_BY_TITLE), and this is what was found, for a
   * person to judge: title, year, ids. With CW_AMBIGUOUS_TITLE several titles fit. */
  char found[256];
} cw_answer;

typedef struct cw_sync {
  uint32_t struct_size;
  uint32_t reserved;
  cw_status (*capability)(void* self, uint32_t feature, cw_capability* out); /* [any] needs no login */
  /* [owner] the rest. check says whose facts these are and whether each wanted feature can be used. */
  cw_status (*check)(void* self, const cw_call* call, uint32_t features, cw_health* out, cw_error* err);
  cw_status (*snapshot)(void* self, const cw_call* call, uint32_t feature, const cw_scope* scope,
                        const cw_fact_sink* sink, cw_snapshot_end* end, cw_error* err);
  /* `each` has ops->count elements of `stride` bytes, initialised by the host. An error that stops the
   * batch is returned; outcomes that were reached before are true all the same. */
  cw_status (*apply)(void* self, const cw_call* call, uint32_t feature, const cw_scope* scope, const cw_ops* ops,
                     cw_outcome* each, uint32_t stride, cw_error* err);
  /* Asks the service now, never a cache. */
  cw_status (*lookup)(void* self, const cw_call* call, uint32_t feature, const cw_scope* scope, const cw_facts* items,
                      cw_answer* each, uint32_t stride, cw_error* err);
} cw_sync;

/* ---- Watcher --------------------------------------------------------------------------------------
 * Optional, since minor 1: what people do, told while they do it. */

#define CW_WATCHER_IID "cw.watcher/1"

enum {
  CW_WEBHOOKS = 0,    /* no event: the bit of cw_watcher.can that says that receive can be called */
  CW_EVENT_START = 1, /* a session of a player with this item has begun */
  CW_EVENT_PROGRESS = 2,
  CW_EVENT_PAUSE = 3,
  CW_EVENT_STOP = 4,    /* the session is over, or goes on with another item */
  CW_EVENT_WATCHED = 5, /* the service counts the item as watched: one event for each play */
  CW_EVENT_RATED = 6
};

/* `item` names what was played or rated, and its value says the rest: at (time of the event), progress_ms and
 * duration_ms (position; -1 unknown), rating (CW_EVENT_RATED; -1: the rating was removed). */
typedef struct cw_event {
  uint32_t struct_size;
  uint32_t kind; /* CW_EVENT_START .. */
  const cw_fact* item;
  cw_str user;    /* cw_user.id of the person who did it, proven */
  cw_str session; /* start to stop, and watched where it is known; else empty */
  cw_str id;      /* watched, rated: the same text whenever this very event is told again; else empty */
} cw_event;

enum {
  CW_LINK_LIVE = 1,    /* events arrive as they happen */
  CW_LINK_POLLING = 2, /* only what history tells, minutes later; `reason` says why */
  CW_LINK_LOST = 3     /* nothing arrives; what happens meanwhile is read back later */
};

/* All [call]. Anything but CW_OK means stop and return that status. */
typedef struct cw_event_sink {
  uint32_t struct_size;
  void* ctx;
  /* CW_OK: the host keeps the event, even if it is killed now. */
  cw_status (*event)(void* ctx, const cw_event* event);
  /* Everything before this text is told: for the host to store, and to hand to the next watch. At most 64 KiB. */
  cw_status (*cursor)(void* ctx, cw_str cursor);
  cw_status (*link)(void* ctx, uint32_t state, cw_str reason); /* CW_LINK_LIVE ..; only when it has changed */
  /* So many more were left out: "user" "unattributed" "library" "type" "live" "trailer" .. */
  cw_status (*dropped)(void* ctx, cw_str reason, uint64_t count);
} cw_event_sink;

typedef struct cw_watcher {
  uint32_t struct_size;
  uint32_t reserved;
  uint32_t (*can)(void* self); /* [any] needs no login. Bit 1 << CW_EVENT_START .. of each kind that it can tell,
                                * by whichever of the two ways below */
  /* [owner] Tells the events of the profile's user, and of nobody else, until it is cancelled: the host gives it a
   * thread and an instance of its own. Trouble on the way is waited out; an error means that only a person can help.
   * `cursor`: the last one that the sink got, empty the first time; what is not known is no cursor, and it begins
   * anew with this moment. */
  cw_status (*watch)(void* self, const cw_call* call, const cw_scope* scope, cw_str cursor, const cw_event_sink* sink,
                     cw_error* err);
  /* [owner] The same events out of what the service posted to the host; `content_type` is the header. CW_PROTOCOL
   * when the body is none of its kind. Uses `event` and `dropped` of the sink. */
  cw_status (*receive)(void* self, const cw_call* call, const cw_scope* scope, cw_str content_type, cw_str body,
                       const cw_event_sink* sink, cw_error* err);
} cw_watcher;

/* ---- Entry --------------------------------------------------------------------------------------- */

/* An instance: one profile. Settings are read when it is made; after a change the host makes a new one. */
typedef struct cw_provider {
  uint32_t struct_size;
  uint32_t reserved;
  void* self;
  void (*destroy)(void* self);                                /* [owner] joins every thread it started */
  const void* (*query)(void* self, const char* interface_id); /* [any] CW_AUTH_IID ..; null: not offered */
} cw_provider;

typedef struct cw_entry {
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
  const char* id; /* equals the manifest's */
  const char* version;
  cw_status (*create)(const cw_host* host, cw_provider* out, cw_error* err); /* [any]; no I/O */
  uint32_t (*live)(void);                                                    /* [any] instances not yet destroyed */
} cw_entry;

/* The one symbol that a plugin exports. */
extern CW_EXPORT const cw_entry cw_plugin_entry;

#ifdef __cplusplus
}
#endif
#endif
