#include "dialect/sql/json/path.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "dialect/sql/error/error.h"
#include "value/json.h"

namespace octavo::sql {
namespace {

using value::Value;
using Kind = JsonLeg::Kind;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
// Of a name without quotes: letters, digits, `_`, `$`, and everything beyond ASCII.
bool is_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<JsonPath> path() {
    skip_spaces();
    if (!take('$')) {
      at_ = 1;
      return bad();
    }
    JsonPath path;
    for (skip_spaces(); at_ < text_.size(); skip_spaces()) {
      TRY(JsonLeg leg, next());
      path.legs.push_back(std::move(leg));
    }
    // `**` is followed by something.
    if (!path.legs.empty() && path.legs.back().kind == Kind::any_depth) return bad();
    return path;
  }

 private:
  std::unexpected<Error> bad() const { return error<3143>(std::to_string(at_)); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  Result<JsonLeg> next() {
    if (take('.')) return member();
    if (take('[')) return cell();
    if (take_word("**")) {
      // A third star belongs to nothing.
      if (peek() == '*') return bad();
      return JsonLeg{.kind = Kind::any_depth};
    }
    return bad();
  }

  Result<JsonLeg> member() {
    skip_spaces();
    if (take('*')) return JsonLeg{.kind = Kind::any_member};
    if (peek() == '"') return quoted();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    if (at_ == begin || is_digit(text_[begin])) return bad();
    return JsonLeg{.kind = Kind::member, .name = std::string(text_.substr(begin, at_ - begin))};
  }

  Result<JsonLeg> quoted() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return bad();
    const auto name = value::parse_json(text_.substr(at_, end + 1 - at_));
    if (!name || !name->is_string()) return bad();
    at_ = end + 1;
    return JsonLeg{.kind = Kind::member, .name = std::string(name->as_string())};
  }

  Result<JsonLeg> cell() {
    skip_spaces();
    JsonLeg leg{.kind = Kind::any_cell};
    if (!take('*')) {
      leg.kind = Kind::cell;
      TRY(leg.place, place());
      skip_spaces();
      if (take_word("to")) {
        if (!is_space(peek())) return bad();
        skip_spaces();
        leg.kind = Kind::range;
        TRY(leg.last, place());
      }
    }
    skip_spaces();
    if (!take(']')) return bad();
    return leg;
  }

  Result<JsonPlace> place() {
    JsonPlace place;
    if (take_word("last")) {
      place.from_end = true;
      skip_spaces();
      if (!take('-')) return place;
      skip_spaces();
    }
    const char* begin = text_.data() + at_;
    std::uint32_t number = 0;
    const auto [end, fault] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (fault != std::errc()) return bad();
    at_ += static_cast<std::size_t>(end - begin);
    place.number = number;
    return place;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Finder {
 public:
  explicit Finder(const JsonPath& path) : path_(path) {}

  void find(const Value& value, std::size_t leg) {
    if (leg == path_.legs.size()) {
      found_.push_back(&value);
      return;
    }
    const JsonLeg& next = path_.legs[leg];
    switch (next.kind) {
      case Kind::member:
        if (const Value* member = value.is_object() ? value.find(next.name) : nullptr) {
          find(*member, leg + 1);
        }
        return;
      case Kind::any_member:
        if (!value.is_object()) return;
        for (const value::Field& field : value.as_object()) find(field.value, leg + 1);
        return;
      case Kind::cell: {
        const JsonCell cell = json_cell(next.place, size_of(value));
        if (!cell.below && cell.number < size_of(value)) find(element(value, cell.number), leg + 1);
        return;
      }
      case Kind::range: range(value, next, leg + 1); return;
      case Kind::any_cell:
        if (!value.is_array()) return;
        for (const Value& each : value.as_array()) find(each, leg + 1);
        return;
      case Kind::any_depth: anywhere(value, leg + 1); return;
    }
  }

  std::vector<const Value*> take() && {
    // Only what `**` finds can be found twice.
    const auto depths = std::ranges::count(path_.legs, Kind::any_depth, &JsonLeg::kind);
    if (depths < 2) return std::move(found_);
    std::vector<const Value*> once;
    for (const Value* each : found_) {
      if (std::ranges::find(once, each) == once.end()) once.push_back(each);
    }
    return once;
  }

 private:
  static std::size_t size_of(const Value& value) {
    return value.is_array() ? value.as_array().size() : 1;
  }
  static const Value& element(const Value& value, std::size_t number) {
    return value.is_array() ? value.as_array()[number] : value;
  }

  void range(const Value& value, const JsonLeg& leg, std::size_t next) {
    const std::size_t size = size_of(value);
    const JsonCell first = json_cell(leg.place, size);
    const JsonCell last = json_cell(leg.last, size);
    if (last.below) return;
    const std::size_t begin = first.below ? 0 : first.number;
    for (std::size_t i = begin; i < size && i <= last.number; ++i) find(element(value, i), next);
  }

  void anywhere(const Value& value, std::size_t next) {
    find(value, next);
    if (value.is_array()) {
      for (const Value& each : value.as_array()) anywhere(each, next);
    } else if (value.is_object()) {
      for (const value::Field& field : value.as_object()) anywhere(field.value, next);
    }
  }

  const JsonPath& path_;
  std::vector<const Value*> found_;
};

}  // namespace

bool JsonPath::is_wild() const {
  return std::ranges::any_of(
      legs, [](const JsonLeg& leg) { return leg.kind != Kind::member && leg.kind != Kind::cell; });
}

Result<JsonPath> parse_json_path(std::string_view text) { return Parser(text).path(); }

JsonCell json_cell(const JsonPlace& place, std::size_t size) {
  if (!place.from_end) return {.number = place.number};
  if (place.number >= size) return {.number = 0, .below = true};
  return {.number = size - 1 - place.number};
}

std::vector<const Value*> find_json(const Value& document, const JsonPath& path) {
  Finder finder(path);
  finder.find(document, 0);
  return std::move(finder).take();
}

void append_member(std::string_view name, std::string& path) {
  path.push_back('.');
  const bool plain = !name.empty() && !is_digit(name.front()) && std::ranges::all_of(name, is_name);
  if (plain) {
    path.append(name);
  } else {
    value::write_json_string(name, path);
  }
}

}  // namespace octavo::sql
