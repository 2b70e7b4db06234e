// What the allocator does with freed memory (jemalloc(3), "TUNING"): a thread of its own gives
// pages back to the system a second after they were freed, so that what the process takes follows
// what it holds down again after a peak.

extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf =
    "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0,"
    "oversize_threshold:0";
}
