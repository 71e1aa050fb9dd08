/* A plugin of a later minor version: its structs, rows and tables are longer than this host knows.
 * In plain C, which is all that the interface asks for. */
#include <crosswatch/abi.h>
#include <string.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }

typedef struct {
  cw_fact known;
  uint64_t added[3];
} longer_fact;
typedef struct {
  cw_user known;
  cw_str added;
} longer_user;
typedef struct {
  cw_address known;
  uint64_t added;
} longer_address;
typedef struct {
  cw_server known;
  uint64_t added;
} longer_server;

static uint32_t instances;

static cw_status capability(void* self, uint32_t feature, cw_capability* out) {
  (void)self;
  if (feature >= CW_FEATURE_COUNT) return CW_UNSUPPORTED;
  out->can = feature == CW_WATCHLIST ? CW_READ | CW_ADD : 0;
  out->kinds = feature == CW_WATCHLIST ? 1u << CW_MOVIE : 0;
  return CW_OK;
}

static cw_status check(void* self, const cw_call* call, uint32_t features, cw_health* out, cw_error* err) {
  (void)self, (void)call, (void)features, (void)err;
  memcpy(out->identity, "newer", 6);
  return CW_OK;
}

static cw_status snapshot(void* self, const cw_call* call, uint32_t feature, const cw_scope* scope,
                          const cw_fact_sink* sink, cw_snapshot_end* end, cw_error* err) {
  static const cw_token ids[] = {{TEXT("tmdb"), TEXT("11")}, {TEXT("tmdb"), TEXT("22")}, {TEXT("tmdb"), TEXT("33")}};
  longer_fact facts[3];
  cw_facts page = {sizeof(cw_facts), sizeof(longer_fact), 3, &facts[0].known};
  cw_status status;
  (void)self, (void)call, (void)feature, (void)scope, (void)err;
  memset(facts, 0xAA, sizeof facts);
  for (int i = 0; i < 3; ++i) {
    cw_fact f = {
        sizeof(longer_fact), CW_MOVIE, 2000 + i,       -1,     -1,      1, 0, 0,
        TEXT("newer/1"),     {0, 0},   TEXT("A film"), {0, 0}, &ids[i], 0, 0, {CW_TIME_UNKNOWN, -1, -1, -1, 0}};
    facts[i].known = f;
  }
  status = sink->accept(sink->ctx, &page);
  if (status != CW_OK) return status;
  end->complete = 1;
  end->count = 3;
  return CW_OK;
}

static cw_status apply(void* self, const cw_call* call, uint32_t feature, const cw_scope* scope, const cw_ops* ops,
                       cw_outcome* each, uint32_t stride, cw_error* err) {
  (void)self, (void)call, (void)feature, (void)scope, (void)err;
  for (uint64_t i = 0; i < ops->count; ++i)
    ((cw_outcome*)(void*)((char*)each + i * stride))->result = i % 2 ? CW_REJECTED : CW_APPLIED;
  return CW_OK;
}

static cw_status lookup(void* self, const cw_call* call, uint32_t feature, const cw_scope* scope, const cw_facts* items,
                        cw_answer* each, uint32_t stride, cw_error* err) {
  (void)self, (void)call, (void)feature, (void)scope, (void)items, (void)each, (void)stride, (void)err;
  return CW_OK;
}

static cw_status users(void* self, const cw_call* call, const cw_row_sink* sink, cw_error* err) {
  static const longer_user rows[] = {
      {{sizeof(longer_user), 0, 0, 1, 1, TEXT("1"), TEXT("u1"), TEXT("Anna"), TEXT("owner"), {0, 0}}, TEXT("added")},
      {{sizeof(longer_user), 1, 0, 0, 0, TEXT("2"), TEXT("u2"), TEXT("Ben"), TEXT("friend"), TEXT("no")}, {0, 0}}};
  const cw_rows page = {sizeof(cw_rows), sizeof(longer_user), 2, rows};
  (void)self, (void)call, (void)err;
  return sink->accept(sink->ctx, &page);
}

static cw_status servers(void* self, const cw_call* call, const cw_row_sink* sink, cw_error* err) {
  static const longer_address addresses[] = {
      {{sizeof(longer_address), 1, 0, 0, 5, TEXT("https://a"), TEXT("ok"), {0, 0}}, 7},
      {{sizeof(longer_address), 0, 1, 0, -1, TEXT("https://b"), TEXT("untried"), {0, 0}}, 7}};
  const longer_server rows[] = {
      {{sizeof(longer_server), 1, 1, 0, TEXT("m1"), TEXT("Attic"), &addresses[0].known, 2, sizeof(longer_address)}, 7}};
  const cw_rows page = {sizeof(cw_rows), sizeof(longer_server), 1, rows};
  (void)self, (void)call, (void)err;
  return sink->accept(sink->ctx, &page);
}

typedef struct {
  cw_sync known;
  void (*added)(void);
} longer_sync;
typedef struct {
  cw_directory known;
  void (*added)(void);
} longer_directory;
#ifndef SYNC_SIZE
#define SYNC_SIZE sizeof(longer_sync)
#endif
static const longer_sync sync_table = {{SYNC_SIZE, 0, capability, check, snapshot, apply, lookup}, 0};
static const longer_directory directory_table = {{sizeof(longer_directory), users, servers, 0, 0}, 0};

static const void* query(void* self, const char* interface_id) {
  (void)self;
  if (strcmp(interface_id, CW_SYNC_IID) == 0) return &sync_table;
  if (strcmp(interface_id, CW_DIRECTORY_IID) == 0) return &directory_table;
  return 0;
}

static void destroy(void* self) {
  (void)self;
  --instances;
}

static cw_status create(const cw_host* host, cw_provider* out, cw_error* err) {
  (void)host, (void)err;
  out->self = &instances;
  out->destroy = destroy;
  out->query = query;
  ++instances;
  return CW_OK;
}

static uint32_t live(void) {
  return instances;
}

#ifndef PLUGIN_MAJOR
#define PLUGIN_MAJOR CW_ABI_MAJOR
#endif
#ifndef ENTRY_SIZE
#define ENTRY_SIZE (sizeof(cw_entry) + 64)
#endif
const cw_entry cw_plugin_entry = {ENTRY_SIZE, PLUGIN_MAJOR, CW_ABI_MINOR + 1, PLUGIN_ID, "9.0.0", create, live};
