#pragma once

// Changes as the documents that change streams give (MongoDB manual, "Change Events").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lsn.h"
#include "base/result.h"
#include "protocol/mongodb/command/concern.h"
#include "value/value.h"

namespace octavo::mongodb {

// Where a stream stands, as clients keep it: {_data: hexadecimal}. The time first, so that tokens
// sort as their events do; then the place in the log. The mark of a token from which only
// `startAfter` goes on is in it.
struct ResumeToken {
  LogTime time;
  octavo::Cursor cursor;
  bool invalidated = false;
  // Of the event behind the place, which was too large for one document: how many of its parts have
  // been told (split_event.h).
  std::uint32_t fragments = 0;
};
value::Value format_token(const ResumeToken& token);
// 50811 and its kin: no token; 9 for what no server of ours has given.
Result<ResumeToken> parse_token(const value::Value& token);

// {updatedFields, removedFields, truncatedArrays}: what makes `after` of `before`. `with_paths`:
// and disambiguatedPaths, of those paths that could be read as others: a name that is a number, or
// has a dot in it.
value::Value describe_update(const value::Value& before, const value::Value& after,
                             bool with_paths = false);

enum class FullDocument : std::uint8_t { usual, update_lookup, when_available, required };
enum class DocumentBefore : std::uint8_t { off, when_available, required };

struct EventOptions {
  FullDocument full_document = FullDocument::usual;
  DocumentBefore before = DocumentBefore::off;
  bool expanded = false;  // collectionUUID, disambiguatedPaths
};

struct ChangedDocument {
  std::string_view database;
  std::string_view collection;
  const value::Value* before = nullptr;  // null: it was not there
  const value::Value* after = nullptr;   // null: it is gone
  bool whole = false;                    // it was given anew, not changed in parts
  bool has_images = false;               // the collection keeps documents as they were
  value::Value uuid;                     // of the collection
};

// The event of a change. 47 where an image is required that is not kept.
Result<value::Value> change_event(const ChangedDocument& changed, const ResumeToken& token,
                                  std::int64_t wall_ns, const EventOptions& options);

// {operationType: drop, …}, and `more` behind what all events have.
value::Value definition_event(std::string_view operation, std::string_view database,
                              std::string_view collection, const ResumeToken& token,
                              std::int64_t wall_ns, std::vector<value::Field> more = {});

}  // namespace octavo::mongodb
