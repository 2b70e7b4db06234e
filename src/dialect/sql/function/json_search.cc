// Whether documents have other documents, and where.

#include <algorithm>
#include <optional>
#include <string>

#include "dialect/sql/function/json_arguments.h"
#include "dialect/sql/function/json_order.h"
#include "dialect/sql/function/named.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using value::Value;

enum Operation : std::uint16_t {
  kContains = operation_block::kJson + 40,  // (document, document [, path])
  kContainsPath,                            // (document, one or all, paths ...)
  kOverlaps,                                // (document, document)
  kMemberOf,                                // (document, array)
  kSearch,                                  // (document, one or all, pattern, escape, paths ...)
};

bool same(const Value& a, const Value& b) { return compare_json(a, b) == 0; }

bool contains(const Value& target, const Value& candidate) {
  if (target.is_array()) {
    const auto one_has = [&target](const Value& wanted) {
      return std::ranges::any_of(target.as_array(), [&wanted](const Value& element) {
        // A scalar is looked for in the elements, an array among them.
        return element.is_array() && !wanted.is_array() ? false : contains(element, wanted);
      });
    };
    if (candidate.is_array()) return std::ranges::all_of(candidate.as_array(), one_has);
    return one_has(candidate);
  }
  if (target.is_object() && candidate.is_object()) {
    return std::ranges::all_of(candidate.as_object(), [&target](const value::Field& field) {
      const Value* member = target.find(field.name);
      return member != nullptr && contains(*member, field.value);
    });
  }
  return !candidate.is_array() && !candidate.is_object() && !target.is_object() &&
         same(target, candidate);
}

Result<Value> json_contains(const SingleCall& call, Args args) {
  TRY_STATUS(call.context.check());
  const Value candidate = part_of_json(args[1]);
  if (args.size() < 3) return boolean(contains(part_of_json(args[0]), candidate));
  TRY(const JsonPath path, plain_path_at(args, 2));
  const auto found = find_json(args[0], path);
  if (found.empty()) return Value();
  return boolean(contains(part_of_json(*found.front()), candidate));
}

Result<Value> contains_path(const SingleCall&, Args args) {
  TRY(const bool all, wants_all(args, 1, "json_contains_path"));
  for (std::size_t i = 2; i < args.size(); ++i) {
    TRY(const JsonPath path, path_at(args, i));
    const bool found = !find_json(args[0], path).empty();
    if (found != all) return boolean(found);
  }
  return boolean(all);
}

bool has_element(const Value& array, const Value& wanted) {
  return std::ranges::any_of(array.as_array(),
                             [&wanted](const Value& each) { return same(each, wanted); });
}

Result<Value> overlaps(const SingleCall& call, Args args) {
  TRY_STATUS(call.context.check());
  const Value a = part_of_json(args[0]);
  const Value b = part_of_json(args[1]);
  if (a.is_array()) {
    if (!b.is_array()) return boolean(has_element(a, b));
    return boolean(std::ranges::any_of(b.as_array(),
                                       [&a](const Value& each) { return has_element(a, each); }));
  }
  if (b.is_array()) return boolean(has_element(b, a));
  if (a.is_object() && b.is_object()) {
    return boolean(std::ranges::any_of(a.as_object(), [&b](const value::Field& field) {
      const Value* other = b.find(field.name);
      return other != nullptr && same(*other, field.value);
    }));
  }
  return boolean(same(a, b));
}

Result<Value> member_of(const SingleCall&, Args args) {
  const Value wanted = part_of_json(args[0]);
  if (args[1].is_array()) return boolean(has_element(args[1], wanted));
  return boolean(same(wanted, part_of_json(args[1])));
}

// A pattern of LIKE, by characters.
class Like {
 public:
  Like(std::string_view pattern, char32_t escape) {
    while (!pattern.empty()) {
      char32_t c = value::take_code_point(pattern);
      if (c == escape && !pattern.empty()) {
        pieces_.push_back({Kind::character, value::take_code_point(pattern)});
      } else if (c == U'%') {
        pieces_.push_back({Kind::any_many, 0});
      } else {
        pieces_.push_back({c == U'_' ? Kind::any_one : Kind::character, c});
      }
    }
  }

  // Goes back to the last `%`, which takes a character more then.
  bool matches(std::string_view text) const {
    std::size_t at = 0;
    std::optional<std::size_t> back;
    std::string_view back_text;
    while (!text.empty() || at < pieces_.size()) {
      if (at < pieces_.size() && pieces_[at].kind == Kind::any_many) {
        back = ++at;
        back_text = text;
        continue;
      }
      if (at < pieces_.size() && !text.empty()) {
        const char32_t c = value::take_code_point(text);
        if (pieces_[at].kind == Kind::any_one || pieces_[at].character == c) {
          ++at;
          continue;
        }
      }
      if (!back || back_text.empty()) return false;
      value::take_code_point(back_text);
      at = *back;
      text = back_text;
    }
    return true;
  }

 private:
  enum class Kind : std::uint8_t { character, any_one, any_many };
  struct Piece {
    Kind kind;
    char32_t character;
  };
  std::vector<Piece> pieces_;
};

class Search {
 public:
  Search(const Like& like, bool all, const std::vector<const Value*>* within)
      : like_(like), all_(all), within_(within) {}

  // Paths of strings below the value that match.
  void run(const Value& value, const std::string& path, bool inside) {
    if (!all_ && !found_.empty()) return;
    inside = inside || within_ == nullptr || std::ranges::find(*within_, &value) != within_->end();
    if (value.is_string()) {
      if (inside && like_.matches(value.as_string())) found_.push_back(Value::string(path));
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.as_array().size(); ++i) {
        run(value.as_array()[i], path + "[" + std::to_string(i) + "]", inside);
      }
    } else if (value.is_object()) {
      for (const value::Field& field : value.as_object()) {
        std::string below = path;
        append_member(field.name, below);
        run(field.value, below, inside);
      }
    }
  }
  Value take() && {
    if (found_.empty()) return {};
    return found_.size() == 1 ? found_.front() : Value::array(std::move(found_));
  }

 private:
  const Like& like_;
  bool all_;
  const std::vector<const Value*>* within_;  // null: everywhere
  std::vector<Value> found_;
};

Result<Value> search(const SingleCall& call, Args args) {
  for (const std::size_t i : {0UZ, 1UZ, 2UZ}) {
    if (args[i].is_null()) return Value();
  }
  TRY(const bool all, wants_all(args, 1, "json_search"));
  TRY(const std::string_view pattern, text_at(args, 2));
  char32_t escape = U'\\';
  if (!args[3].is_null()) {
    TRY(std::string_view text, text_at(args, 3));
    if (!text.empty()) escape = value::take_code_point(text);
    if (!text.empty()) return error<1210>("ESCAPE");
  }
  std::vector<const Value*> within;
  for (std::size_t i = 4; i < args.size(); ++i) {
    if (args[i].is_null()) return Value();
    TRY(const JsonPath path, path_at(args, i));
    for (const Value* each : find_json(args[0], path)) within.push_back(each);
  }
  TRY_STATUS(call.context.check());
  const Like like(pattern, escape);
  Search found(like, all, args.size() > 4 ? &within : nullptr);
  found.run(args[0], "$", false);
  return std::move(found).take();
}

constexpr OperationRow kOperations[] = {
    strict(kContains, "sql.json_contains", 2, json_contains),
    strict(kContainsPath, "sql.json_contains_path", 3, contains_path),
    strict(kOverlaps, "sql.json_overlaps", 2, overlaps),
    strict(kMemberOf, "sql.member_of", 2, member_of),
    lenient(kSearch, "sql.json_search", 4, search),
};

Status all_to_text(CallBinder& call, std::size_t first) {
  for (std::size_t i = first; i < call.size(); ++i) TRY_STATUS(call.to_text(i));
  return {};
}

Result<Typed> bind_contains(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  TRY_STATUS(call.parse_json(1));
  TRY_STATUS(all_to_text(call, 2));
  return call.make(kContains, boolean_type());
}

Result<Typed> bind_contains_path(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  TRY_STATUS(all_to_text(call, 1));
  return call.make(kContainsPath, boolean_type());
}

Result<Typed> bind_overlaps(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  TRY_STATUS(call.parse_json(1));
  return call.make(kOverlaps, never_null(boolean_type()));
}

// x MEMBER OF (array)
Result<Typed> bind_member_of(CallBinder& call) {
  TRY_STATUS(call.to_json(0));
  TRY_STATUS(call.parse_json(1));
  return call.make(kMemberOf, never_null(boolean_type()));
}

// JSON_SEARCH(document, one or all, pattern [, escape [, paths ...]])
Result<Typed> bind_search(CallBinder& call) {
  TRY_STATUS(call.parse_json(0));
  TRY_STATUS(all_to_text(call, 1));
  std::vector<Value> no_escape;
  if (call.size() == 3) no_escape.emplace_back();
  return call.make(kSearch, json_type(), std::move(no_escape));
}

constexpr NameRow kNames[] = {
    {"JSON_CONTAINS", 2, 3, bind_contains},
    {"JSON_CONTAINS_PATH", 3, kAnyNumber, bind_contains_path},
    {"JSON_OVERLAPS", 2, 2, bind_overlaps},
    {"JSON_SEARCH", 3, kAnyNumber, bind_search},
    {"MEMBER OF", 2, 2, bind_member_of},
};

}  // namespace

std::span<const OperationRow> json_search_operations() { return kOperations; }
std::span<const NameRow> json_search_names() { return kNames; }

}  // namespace octavo::sql
