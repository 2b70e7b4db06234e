#include "value/path.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace octavo::value {
namespace {

using Segment = Path::Segment;
using Segments = std::span<const Segment>;

std::optional<std::size_t> position_of(std::string_view name) {
  if (name.empty() || (name.size() > 1 && name[0] == '0')) return std::nullopt;
  std::size_t position = 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data(), end, position);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return position;
}

bool visit(const Value& value, Segments rest, const std::function<bool(const Value&)>& visitor) {
  if (rest.empty()) return visitor(value);
  if (const Value* field = value.find(rest[0].name)) return visit(*field, rest.subspan(1), visitor);
  if (!value.is_array()) return true;
  const ArrayView elements = value.as_array();
  if (rest[0].position && *rest[0].position < elements.size() &&
      !visit(elements[*rest[0].position], rest.subspan(1), visitor)) {
    return false;
  }
  return std::ranges::all_of(elements, [&](const Value& element) {
    return !element.is_object() || visit(element, rest, visitor);
  });
}

Result<Value> set(const Value* old, Segments rest, Value value);

Result<Value> set_in_array(const Value& array, Segments rest, Value value) {
  const Segment& segment = rest[0];
  if (!segment.position) {
    return fail(Code::type_mismatch,
                fmt::format("cannot set field '{}' of an array", segment.name));
  }
  const ArrayView old = array.as_array();
  if (*segment.position > old.size() + kMaxArrayGrowth) {
    return fail(Code::out_of_range,
                fmt::format("array position {} is too far beyond the end", segment.name));
  }
  std::vector<Value> elements(old.begin(), old.end());
  const bool there = *segment.position < elements.size();
  if (!there) elements.resize(*segment.position + 1);
  Value& slot = elements[*segment.position];
  TRY(Value changed, set(there ? &slot : nullptr, rest.subspan(1), std::move(value)));
  slot = std::move(changed);
  return Value::array(std::move(elements));
}

Result<Value> set(const Value* old, Segments rest, Value value) {
  if (rest.empty()) return value;
  if (old != nullptr && old->is_array()) return set_in_array(*old, rest, std::move(value));
  if (old != nullptr && !old->is_object()) {
    return fail(Code::type_mismatch, fmt::format("cannot set field '{}' of a value of type {}",
                                                 rest[0].name, type_name(old->type())));
  }
  ObjectBuilder builder;
  const Value* inner = nullptr;
  if (old != nullptr) {
    builder = ObjectBuilder(*old);
    inner = old->find(rest[0].name);
  }
  TRY(Value changed, set(inner, rest.subspan(1), std::move(value)));
  builder.set(rest[0].name, std::move(changed));
  return std::move(builder).build();
}

Value erase(const Value& old, Segments rest) {
  if (old.is_array()) {
    const ArrayView elements = old.as_array();
    if (!rest[0].position || *rest[0].position >= elements.size()) return old;
    std::vector<Value> changed(elements.begin(), elements.end());
    Value& slot = changed[*rest[0].position];
    slot = rest.size() == 1 ? Value() : erase(slot, rest.subspan(1));
    return Value::array(std::move(changed));
  }
  const Value* inner = old.is_object() ? old.find(rest[0].name) : nullptr;
  if (inner == nullptr) return old;
  ObjectBuilder builder(old);
  if (rest.size() == 1) {
    builder.erase(rest[0].name);
  } else {
    builder.set(rest[0].name, erase(*inner, rest.subspan(1)));
  }
  return std::move(builder).build();
}

}  // namespace

Path::Path(std::vector<std::string> names) {
  for (std::string& name : names) {
    const auto position = position_of(name);
    segments_.push_back({std::move(name), position});
  }
}

Result<Path> Path::parse(std::string_view dotted) {
  if (dotted.empty()) return Path();
  std::vector<std::string> names;
  for (std::size_t start = 0; start <= dotted.size();) {
    const std::size_t end = std::min(dotted.find('.', start), dotted.size());
    if (end == start) {
      return fail(Code::invalid_argument, fmt::format("path '{}' has an empty segment", dotted));
    }
    names.emplace_back(dotted.substr(start, end - start));
    start = end + 1;
  }
  return Path(std::move(names));
}

bool Path::is_prefix_of(const Path& other) const {
  return segments_.size() <= other.segments_.size() &&
         std::equal(segments_.begin(), segments_.end(), other.segments_.begin());
}

std::string Path::to_string() const {
  std::string text;
  for (const Segment& segment : segments_) {
    if (!text.empty()) text.push_back('.');
    text.append(segment.name);
  }
  return text;
}

const Value* find(const Value& root, const Path& path) {
  const Value* value = &root;
  for (const Segment& segment : path.segments()) {
    value = value->find(segment.name);
    if (value == nullptr) return nullptr;
  }
  return value;
}

std::optional<DocumentView> find(DocumentView root, const Path& path) {
  std::optional<DocumentView> view = root;
  for (const Segment& segment : path.segments()) {
    view = view->find(segment.name);
    if (!view) return std::nullopt;
  }
  return view;
}

void visit_all(const Value& root, const Path& path,
               const std::function<bool(const Value&)>& visitor) {
  visit(root, path.segments(), visitor);
}

Result<Value> set_at(const Value& root, const Path& path, Value value) {
  return set(&root, path.segments(), std::move(value));
}

Value erase_at(const Value& root, const Path& path) {
  return path.empty() ? Value() : erase(root, path.segments());
}

}  // namespace octavo::value
