#include "protocol/mongodb/command/split_event.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/limits.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

constexpr std::string_view kStage = "$changeStreamSplitLargeEvent";
constexpr std::string_view kId = "_id";
constexpr std::size_t kMostEventBytes = kMaxBsonBytes;
// What each part has beside fields of the event: `_id` and `splitEvent`.
constexpr std::size_t kHeadBytes = kKiB;

struct Sized {
  const Field* field;
  std::size_t bytes;
};

std::vector<Sized> fields_by_size(const Value& event) {
  std::vector<Sized> fields;
  for (const Field& field : event.as_object()) {
    if (field.name == kId) continue;
    fields.push_back({&field, bson_size(document({field}))});
  }
  std::ranges::sort(fields, {}, &Sized::bytes);
  return fields;
}

// Fields of each part.
Result<std::vector<std::vector<Field>>> parts_of(const Value& event) {
  constexpr std::size_t kRoom = kMostEventBytes - kHeadBytes;
  std::vector<std::vector<Field>> parts(1);
  std::size_t used = 0;
  for (const Sized& one : fields_by_size(event)) {
    if (one.bytes > kRoom) {
      return error(ErrorCode::bson_object_too_large,
                   "Splitting change event failed: the size of the field '{}', {}, is greater than "
                   "what a fragment may have, {}",
                   one.field->name, one.bytes, kRoom);
    }
    if (used + one.bytes > kRoom) {
      parts.emplace_back();
      used = 0;
    }
    parts.back().push_back(*one.field);
    used += one.bytes;
  }
  return parts;
}

}  // namespace

bool splits_events(std::span<const Value> stages) {
  if (stages.empty() || !stages.back().is_object() || stages.back().as_object().empty()) {
    return false;
  }
  return stages.back().as_object().front().name == kStage;
}

bool is_too_large(const Value& event) { return bson_size(event) > kMostEventBytes; }

Result<std::vector<Value>> split_event(const Value& event, const ResumeToken& before) {
  const Value& id = *event.find(kId);
  TRY(ResumeToken token, parse_token(id));
  token.cursor = before.cursor;
  TRY(auto parts, parts_of(event));
  std::vector<Value> out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    token.fragments = static_cast<std::uint32_t>(i + 1);
    const bool is_last = i + 1 == parts.size();
    std::vector<Field> fields = {
        {std::string(kId), is_last ? id : format_token(token)},
        {"splitEvent", document({{"fragment", int32(i + 1)}, {"of", int32(parts.size())}})}};
    for (Field& field : parts[i]) fields.push_back(std::move(field));
    out.push_back(document(std::move(fields)));
  }
  return out;
}

}  // namespace octavo::mongodb
