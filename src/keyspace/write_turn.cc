#include "keyspace/write_turn.h"

namespace octavo::keyspace {

WriteTurn::WriteTurn(Keyspace& keyspace, const LocalBatch& batch)
    : keyspace_(keyspace), holder_(keyspace.pins().holder_of_all()) {
  const auto guard = keyspace.lock();
  batch.visit_calls([&](const CommandSpec& spec, unsigned db, Args args) {
    if (!spec.is_write()) return;
    for (const std::size_t at : key_positions(spec, args)) {
      const KeyEntry* entry = keyspace.database(db).find(args[at]);
      const void* const container = entry == nullptr ? nullptr : entry->value.container();
      if (container != nullptr && keyspace.pins().any_taken({&container, 1})) {
        taken_.push_back(container);
      }
    }
  });
  keyspace.pins().want(taken_);
}

WriteTurn::~WriteTurn() { keyspace_.pins().stop_wanting(taken_); }

}  // namespace octavo::keyspace
