#include "dialect/sql/type/common.h"

#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

constexpr std::string_view kCoercibilityWords[] = {"EXPLICIT",  "NONE",    "IMPLICIT", "SYSCONST",
                                                   "COERCIBLE", "NUMERIC", "IGNORABLE"};

bool is_bytewise(const value::Collation& collation) { return collation.name.ends_with("_bin"); }
bool is_unicode(const value::Collation& collation) {
  return collation.charset == value::CharsetId::utf8mb4 ||
         collation.charset == value::CharsetId::utf8mb3;
}

// Of two collations that are as strong as each other: the one that both can go by; null: there is
// none.
const value::Collation* prevailing(const value::Collation& a, const value::Collation& b) {
  if (&a == &b) return &a;
  if (a.charset == value::CharsetId::binary) return &a;
  if (b.charset == value::CharsetId::binary) return &b;
  if (a.charset == b.charset) {
    if (is_bytewise(a) == is_bytewise(b)) return nullptr;
    return is_bytewise(a) ? &a : &b;
  }
  if (is_unicode(a) != is_unicode(b)) return is_unicode(a) ? &a : &b;
  // utf8mb4 has all of utf8mb3; either has all of ASCII.
  if (is_unicode(a)) return a.charset == value::CharsetId::utf8mb4 ? &a : &b;
  if (a.charset == value::CharsetId::ascii) return &b;
  return b.charset == value::CharsetId::ascii ? &a : nullptr;
}

std::unexpected<Error> illegal_mix(const CollationChoice& a, const CollationChoice& b,
                                   std::string_view operation) {
  const auto word = [](const CollationChoice& choice) {
    return kCoercibilityWords[static_cast<std::size_t>(choice.coercibility)];
  };
  return error<1267>(a.collation->name, word(a), b.collation->name, word(b), operation);
}

}  // namespace

Result<CollationChoice> common_collation(std::span<const Type> types, std::string_view operation) {
  CollationChoice choice;
  for (const Type& type : types) {
    if (!type.is_string()) continue;
    const CollationChoice other{.collation = &type.collation(), .coercibility = type.coercibility};
    if (choice.collation == nullptr || other.coercibility < choice.coercibility) {
      choice = other;
      continue;
    }
    if (other.coercibility > choice.coercibility) continue;
    if (other.collation == choice.collation) continue;
    const value::Collation* both = prevailing(*choice.collation, *other.collation);
    if (both == nullptr || choice.coercibility == Coercibility::stated) {
      return illegal_mix(choice, other, operation);
    }
    choice.collation = both;
  }
  return choice;
}

}  // namespace octavo::sql
