#include <algorithm>

#include "value/document.h"
#include "value/document_layout.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

using namespace document;

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Code::corrupt, "malformed document: " + std::string(what));
}

// What decoding tolerates: the index of names, texts, repeated names. Nesting was checked by
// decoding before.
Status check_names(const Container& object) {
  if (object.indexed()) {
    for (std::size_t i = 0; i < object.count(); ++i) {
      if (object.by_name(i) >= object.count()) return corrupt("name index out of bounds");
      if (i == 0) continue;
      const auto before = object.name(object.by_name(i - 1));
      const auto after = object.name(object.by_name(i));
      if (!before || !after || *before >= *after) return corrupt("name index out of order");
    }
    return {};
  }
  for (std::size_t i = 0; i < object.count(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (object.name(i) == object.name(j)) return corrupt("field name repeated");
    }
  }
  return {};
}

Status check(BytesView bytes);

Status check_container(BytesView bytes) {
  const auto container = Container::open(bytes);
  if (!container) return corrupt("container shorter than its tables");
  const std::size_t largest =
      std::max({container->count(), container->names().size(), container->values().size()});
  const std::size_t width = largest <= 0xff ? 1 : largest <= 0xffff ? 2 : 4;
  if (width != container->width()) return corrupt("container is not in its shortest form");
  if (!container->is_array()) {
    for (std::size_t i = 0; i < container->count(); ++i) {
      const auto name = container->name(i);
      if (!name || find_invalid_utf8(*name)) return corrupt("field name is not UTF-8");
    }
    TRY_STATUS(check_names(*container));
  }
  for (std::size_t i = 0; i < container->count(); ++i) {
    const auto value = container->value(i);
    if (!value) return corrupt("value out of bounds");
    TRY_STATUS(check(*value));
  }
  return {};
}

Status check(BytesView bytes) {
  const DocumentView view(bytes);
  switch (view.type().value_or(Type::null)) {
    case Type::string:
    case Type::symbol:
      if (find_invalid_utf8(bytes.substr(1))) return corrupt("text is not UTF-8");
      return {};
    case Type::array:
    case Type::object:
    case Type::geometry: return check_container(bytes);
    case Type::javascript: {
      ByteReader reader(bytes.substr(1));
      const auto code = reader.get_length_prefixed();
      if (!code || find_invalid_utf8(*code)) return corrupt("code is not UTF-8");
      return reader.empty() ? Status() : check(reader.rest());
    }
    case Type::regex:
      if (find_invalid_utf8(bytes.substr(1))) return corrupt("pattern is not UTF-8");
      return {};
    default: return {};
  }
}

}  // namespace

Status validate_document(BytesView document) {
  TRY([[maybe_unused]] const Value decoded, decode_document(document));
  return check(document);
}

}  // namespace octavo::value
