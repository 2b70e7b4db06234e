#pragma once

// The operand of $changeStream.

#include <optional>

#include "base/result.h"
#include "catalog/model.h"
#include "protocol/mongodb/command/change_event.h"
#include "value/value.h"

namespace octavo::mongodb {

struct ChangeStreamOptions {
  EventOptions events;
  std::optional<ResumeToken> after;  // resumeAfter, startAfter
  bool start_after = false;          // goes on after an invalidation as well
  std::optional<LogTime> start_at;
  bool all_changes_for_cluster = false;
};

Result<ChangeStreamOptions> parse_change_stream(const value::Value& spec);

// Whether the collection keeps documents as they were (changeStreamPreAndPostImages).
bool keeps_images(const catalog::TableDefinition& table);

}  // namespace octavo::mongodb
