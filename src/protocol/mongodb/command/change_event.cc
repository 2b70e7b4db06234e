#include "protocol/mongodb/command/change_event.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/collection.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

constexpr std::string_view kData = "_data";
constexpr std::size_t kTimeBytes = 8;

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

// A place in a document: the names of fields, and the numbers of elements of arrays.
class Path {
 public:
  Path field(std::string_view name) const {
    const bool number = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
      return std::isdigit(c) != 0;
    });
    return next(name, Value::string(name), number || name.find('.') != name.npos);
  }
  Path element(std::size_t at) const { return next(std::to_string(at), int32(at), false); }

  const std::string& text() const { return text_; }
  // It could be read as another place.
  bool is_ambiguous() const { return ambiguous_; }
  Value parts() const { return Value::array(parts_); }

 private:
  Path next(std::string_view name, Value part, bool ambiguous) const {
    Path path = *this;
    if (!path.parts_.empty()) path.text_ += '.';
    path.text_ += name;
    path.parts_.push_back(std::move(part));
    path.ambiguous_ = path.ambiguous_ || ambiguous;
    return path;
  }

  std::string text_;
  std::vector<Value> parts_;
  bool ambiguous_ = false;
};

// What differs, by paths.
class Difference {
 public:
  explicit Difference(bool with_paths) : with_paths_(with_paths) {}

  void compare(const Value& before, const Value& after, const Path& path) {
    if (before.is_object() && after.is_object()) return objects(before, after, path);
    if (before.is_array() && after.is_array()) return arrays(before, after, path);
    update(path, after);
  }

  Value document() && {
    std::vector<Field> fields = {{"updatedFields", Value::object(std::move(updated_))},
                                 {"removedFields", Value::array(std::move(removed_))},
                                 {"truncatedArrays", Value::array(std::move(truncated_))}};
    if (with_paths_) fields.push_back({"disambiguatedPaths", Value::object(std::move(paths_))});
    return Value::object(std::move(fields));
  }

 private:
  void note(const Path& path) {
    if (with_paths_ && path.is_ambiguous()) paths_.push_back({path.text(), path.parts()});
  }
  void update(const Path& path, const Value& after) {
    updated_.push_back({path.text(), after});
    note(path);
  }

  void objects(const Value& before, const Value& after, const Path& path) {
    for (const Field& field : before.as_object()) {
      if (after.find(field.name) != nullptr) continue;
      const Path below = path.field(field.name);
      removed_.push_back(Value::string(below.text()));
      note(below);
    }
    for (const Field& field : after.as_object()) {
      const Value* const was = before.find(field.name);
      if (was == nullptr) {
        update(path.field(field.name), field.value);
      } else if (!equal(*was, field.value)) {
        compare(*was, field.value, path.field(field.name));
      }
    }
  }

  // One that has become longer or shorter at its end tells that; another is told as a whole.
  void arrays(const Value& before, const Value& after, const Path& path) {
    const auto was = before.as_array();
    const auto is = after.as_array();
    const std::size_t common = std::min(was.size(), is.size());
    for (std::size_t i = 0; i < common; ++i) {
      if (!equal(was[i], is[i])) compare(was[i], is[i], path.element(i));
    }
    for (std::size_t i = common; i < is.size(); ++i) update(path.element(i), is[i]);
    if (is.size() < was.size()) {
      truncated_.push_back(
          Value::object({{"field", Value::string(path.text())}, {"newSize", int32(is.size())}}));
      note(path);
    }
  }

  const bool with_paths_;
  std::vector<Field> updated_;
  std::vector<Value> removed_;
  std::vector<Value> truncated_;
  std::vector<Field> paths_;
};

std::vector<Field> head_of(std::string_view operation, const ResumeToken& token,
                           std::int64_t wall_ns) {
  return {{"_id", format_token(token)},
          {"operationType", Value::string(operation)},
          {"clusterTime", token.time.to_value()},
          {"wallTime", date(wall_ns)}};
}

Value ns_of(std::string_view database, std::string_view collection) {
  std::vector<Field> fields = {{"db", Value::string(database)}};
  if (!collection.empty()) fields.push_back({"coll", Value::string(collection)});
  return Value::object(std::move(fields));
}

// The document as it was or is, where a collection keeps such images.
Result<std::optional<Value>> image(const ChangedDocument& changed, const Value* document,
                                   bool required) {
  if (changed.has_images && document != nullptr) return std::optional(*document);
  if (!required) return std::optional(Value::null());
  return error(ErrorCode::no_matching_document,
               "Change stream was configured to require an image of each document, but the image "
               "was not found");
}

Result<std::optional<Value>> full_document(const ChangedDocument& changed,
                                           const EventOptions& options, bool is_whole) {
  if (changed.after == nullptr) return std::optional<Value>();
  if (is_whole) return std::optional(*changed.after);
  switch (options.full_document) {
    case FullDocument::usual: return std::optional<Value>();
    // The document as this change left it is one that it has been since.
    case FullDocument::update_lookup: return std::optional(*changed.after);
    case FullDocument::when_available: return image(changed, changed.after, false);
    case FullDocument::required: return image(changed, changed.after, true);
  }
  return std::optional<Value>();
}

}  // namespace

// The text of a place has none.
constexpr char kFragmentsFollow = '\0';

Value format_token(const ResumeToken& token) {
  Bytes bytes;
  put_be(bytes, token.time.seconds);
  put_be(bytes, token.time.increment);
  bytes.push_back(token.invalidated ? '\1' : '\0');
  bytes += format_cursor(token.cursor);
  if (token.fragments != 0) {
    bytes.push_back(kFragmentsFollow);
    put_be(bytes, token.fragments);
  }
  return Value::object({{std::string(kData), Value::string(upper(format_hex(bytes)))}});
}

Result<ResumeToken> parse_token(const Value& given) {
  const Value* const data = given.find(kData);
  if (data == nullptr || !data->is_string()) {
    return error(40647, "Bad resume token: _data of missing or of wrong type: {}",
                 data == nullptr ? "missing" : type_alias(*data));
  }
  std::string text(data->as_string());
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto bytes = parse_hex(text);
  if (!bytes || bytes->size() <= kTimeBytes + 1) {
    return error(ErrorCode::failed_to_parse, "resume token string was not a valid hex string");
  }
  ResumeToken token;
  token.time.seconds = load_be<std::uint32_t>(bytes->data());
  token.time.increment = load_be<std::uint32_t>(bytes->data() + sizeof(std::uint32_t));
  token.invalidated = (*bytes)[kTimeBytes] != '\0';
  std::string_view place = std::string_view(*bytes).substr(kTimeBytes + 1);
  if (const std::size_t end = place.find(kFragmentsFollow); end != place.npos) {
    if (place.size() != end + 1 + sizeof(token.fragments)) {
      return error(ErrorCode::invalid_resume_token, "the resume token is not one of this server");
    }
    token.fragments = load_be<std::uint32_t>(place.data() + end + 1);
    place = place.substr(0, end);
  }
  const auto cursor = parse_cursor(place);
  if (!cursor) {
    return error(ErrorCode::invalid_resume_token, "the resume token is not one of this server");
  }
  token.cursor = *cursor;
  return token;
}

Value describe_update(const Value& before, const Value& after, bool with_paths) {
  Difference difference(with_paths);
  difference.compare(before, after, {});
  return std::move(difference).document();
}

Result<Value> change_event(const ChangedDocument& changed, const ResumeToken& token,
                           std::int64_t wall_ns, const EventOptions& options) {
  const bool is_insert = changed.before == nullptr;
  const bool is_delete = changed.after == nullptr;
  const Value& shown = is_delete ? *changed.before : *changed.after;
  const bool is_replace = changed.whole && !is_insert && !is_delete;
  const std::string_view operation = is_insert    ? "insert"
                                     : is_delete  ? "delete"
                                     : is_replace ? "replace"
                                                  : "update";
  auto fields = head_of(operation, token, wall_ns);
  TRY(auto whole, full_document(changed, options, is_insert || is_replace));
  if (options.expanded) fields.push_back({"collectionUUID", changed.uuid});
  if (whole) fields.push_back({"fullDocument", *std::move(whole)});
  fields.push_back({"ns", ns_of(changed.database, changed.collection)});
  const Value* const id = shown.find(kIdField);
  fields.push_back({"documentKey",
                    Value::object({{std::string(kIdField), id == nullptr ? Value::null() : *id}})});
  if (!is_insert && !is_delete && !is_replace) {
    fields.push_back(
        {"updateDescription", describe_update(*changed.before, *changed.after, options.expanded)});
  }
  if (!is_insert && options.before != DocumentBefore::off) {
    const bool required = options.before == DocumentBefore::required;
    TRY(auto before, image(changed, changed.before, required));
    fields.push_back({"fullDocumentBeforeChange", *std::move(before)});
  }
  return Value::object(std::move(fields));
}

Value definition_event(std::string_view operation, std::string_view database,
                       std::string_view collection, const ResumeToken& token, std::int64_t wall_ns,
                       std::vector<Field> more) {
  auto fields = head_of(operation, token, wall_ns);
  if (!database.empty()) fields.push_back({"ns", ns_of(database, collection)});
  std::ranges::move(more, std::back_inserter(fields));
  return Value::object(std::move(fields));
}

}  // namespace octavo::mongodb
