#pragma once

// What a change stream is about.

#include <string>
#include <string_view>

#include "base/result.h"

namespace octavo::mongodb {

class CommandCall;
struct ChangeStreamOptions;  // change_stream_options.h

// What is watched: one collection, all of a database, or all.
struct Watched {
  std::string database;    // empty: all
  std::string collection;  // empty: all of the database

  bool has(std::string_view in, std::string_view name) const {
    return (database.empty() || database == in) && (collection.empty() || collection == name);
  }
};
// 73, 72, 166 for what has no streams.
Result<Watched> watched_of(CommandCall& call, const ChangeStreamOptions& options);

}  // namespace octavo::mongodb
