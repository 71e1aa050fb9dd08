/* Libraries that are no usable plugins, one a definition. */
#include <crosswatch/abi.h>
#include <string.h>

#if defined(NOT_A_PLUGIN)
CW_EXPORT int something_else(void) {
  return 1;
}
#else
#if defined(NO_FUNCTIONS)
static cw_status create(const cw_host* host, cw_provider* out, cw_error* err) {
  (void)host;
  (void)out;
  (void)err;
  return CW_OK;
}
#else
static cw_status create(const cw_host* host, cw_provider* out, cw_error* err) {
  static const char text[] = "The moon is in the wrong phase.";
  (void)host;
  (void)out;
  memcpy(err->message, text, sizeof text - 1);
  err->message_size = sizeof text - 1;
  err->remedy_size = 1u << 30; /* far more than there is */
  return CW_INTERNAL;
}
#endif
static uint32_t live(void) {
  return 0;
}
#if defined(WRONG_ABI)
#define MAJOR 99
#else
#define MAJOR CW_ABI_MAJOR
#endif
const cw_entry cw_plugin_entry = {sizeof(cw_entry), MAJOR, 0, "toy", "1.0.0", create, live};
#endif
