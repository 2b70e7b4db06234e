#include "protocol/redis/command/argument_docs.h"

#include <algorithm>

#include "keyspace/arguments.h"

namespace octavo::redis {
namespace {

using Type = ArgumentDocs::Type;
using Arguments = std::vector<ArgumentDocs>;

constexpr std::string_view kTypeNames[] = {"string",     "integer", "key",  "pattern",
                                           "pure-token", "oneof",   "block"};
constexpr std::string_view kAgain = "...";
constexpr std::string_view kOr = "|";
constexpr std::string_view kClosers = "])";

// Of values that are not just any text.
struct NamedType {
  std::string_view name;
  Type type;
};
constexpr NamedType kNamedTypes[] = {
    {"bits", Type::integer},     {"bus-port", Type::integer},     {"count", Type::integer},
    {"end slot", Type::integer}, {"epoch", Type::integer},        {"id", Type::integer},
    {"key", Type::key},          {"milliseconds", Type::integer}, {"pattern", Type::pattern},
    {"port", Type::integer},     {"slot", Type::integer},         {"start slot", Type::integer},
};

bool is_value(std::string_view symbol) { return symbol.starts_with('<'); }

// Brackets, `|` with blanks around it, and what stands between blanks; `<…>` may hold blanks.
std::vector<std::string_view> symbols_of(std::string_view usage) {
  std::vector<std::string_view> out;
  while (!usage.empty()) {
    constexpr std::string_view kBrackets = "[]()";
    std::size_t size = 1;
    if (usage[0] == '<') {
      size = std::min(usage.find('>'), usage.size() - 1) + 1;
    } else if (kBrackets.find(usage[0]) == std::string_view::npos) {
      size = std::min(usage.find_first_of(" []()<"), usage.size());
    }
    if (size > 0) out.push_back(usage.substr(0, size));
    usage.remove_prefix(std::max<std::size_t>(size, 1));
    usage.remove_prefix(std::min(usage.find_first_not_of(' '), usage.size()));
  }
  return out;
}

ArgumentDocs word(std::string_view text) {
  return {.name = keyspace::lower_case(text), .type = Type::word, .token = std::string(text)};
}

ArgumentDocs value(std::string_view symbol) {
  const std::string_view name = symbol.substr(1, symbol.size() - 2);
  const auto* const named = std::ranges::find(kNamedTypes, name, &NamedType::name);
  return {.name = std::string(name),
          .type = named == std::end(kNamedTypes) ? Type::string : named->type};
}

// One argument for several that belong together; they are not empty.
ArgumentDocs together(Type type, Arguments parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  ArgumentDocs out{.name = parts[0].name, .type = type};
  for (std::size_t i = 1; i < parts.size(); ++i) out.name += "-" + parts[i].name;
  out.parts = std::move(parts);
  return out;
}

ArgumentDocs one_of_words(std::string_view symbol) {
  Arguments words;
  while (!symbol.empty()) {
    const std::size_t end = std::min(symbol.find('|'), symbol.size());
    words.push_back(word(symbol.substr(0, end)));
    symbol.remove_prefix(std::min(end + 1, symbol.size()));
  }
  return together(Type::one_of, std::move(words));
}

bool same(const Arguments& some, const Arguments& others) {
  return std::ranges::equal(some, others, {}, &ArgumentDocs::name, &ArgumentDocs::name);
}

class Parser {
 public:
  explicit Parser(std::string_view usage) : symbols_(symbols_of(usage)) {}

  // Up to a closing bracket, or the end.
  Arguments alternatives() {
    Arguments first = sequence();
    if (!at(kOr)) return first;
    Arguments ways{together(Type::block, std::move(first))};
    while (at(kOr)) {
      ++next_;
      ways.push_back(together(Type::block, sequence()));
    }
    Arguments out;
    out.push_back(together(Type::one_of, std::move(ways)));
    return out;
  }

 private:
  bool more() const { return next_ < symbols_.size(); }
  bool at(std::string_view symbol) const { return more() && symbols_[next_] == symbol; }

  Arguments sequence() {
    Arguments out;
    while (more() && !at(kOr) && kClosers.find(symbols_[next_][0]) == std::string_view::npos) {
      const std::string_view symbol = symbols_[next_++];
      if (symbol == kAgain) {
        if (!out.empty()) out.back().multiple = true;
      } else if (symbol == "[") {
        add_group(out, true);
      } else if (symbol == "(") {
        add_group(out, false);
      } else if (is_value(symbol)) {
        out.push_back(value(symbol));
      } else if (symbol.find('|') != std::string_view::npos) {
        out.push_back(one_of_words(symbol));
      } else if (more() && is_value(symbols_[next_])) {
        out.push_back(value(symbols_[next_++]));
        out.back().token = symbol;
      } else {
        out.push_back(word(symbol));
      }
    }
    return out;
  }

  void add_group(Arguments& out, bool optional) {
    const bool again = at(kAgain);
    if (again) ++next_;
    Arguments inside = alternatives();
    if (more()) ++next_;  // the bracket
    if (again) return repeat(out, out.size());
    const bool repeats =
        optional && !inside.empty() && inside.back().multiple && inside.size() <= out.size() &&
        same(inside, Arguments(out.end() - static_cast<std::ptrdiff_t>(inside.size()), out.end()));
    if (repeats) return repeat(out, inside.size());
    if (inside.empty()) return;
    ArgumentDocs group = together(Type::block, std::move(inside));
    group.optional = optional;
    out.push_back(std::move(group));
  }

  // The last of them come once or more.
  static void repeat(Arguments& out, std::size_t count) {
    if (count == 0) return;
    const auto first = out.end() - static_cast<std::ptrdiff_t>(count);
    Arguments last(std::make_move_iterator(first), std::make_move_iterator(out.end()));
    out.erase(first, out.end());
    out.push_back(together(Type::block, std::move(last)));
    out.back().multiple = true;
  }

  std::vector<std::string_view> symbols_;
  std::size_t next_ = 0;
};

void write_argument(const ArgumentDocs& one, keyspace::Reply& reply) {
  const bool has_flags = one.optional || one.multiple;
  const std::size_t extra = (one.token.empty() ? 0 : 1) + (has_flags ? 1 : 0);
  reply.map_header(2 + extra + (one.parts.empty() ? 0 : 1));
  reply.bulk("name");
  reply.bulk(one.name);
  reply.bulk("type");
  reply.bulk(kTypeNames[static_cast<std::size_t>(one.type)]);
  if (!one.token.empty()) {
    reply.bulk("token");
    reply.bulk(one.token);
  }
  if (has_flags) {
    reply.bulk("flags");
    reply.set_header((one.optional ? 1 : 0) + (one.multiple ? 1 : 0));
    if (one.optional) reply.simple("optional");
    if (one.multiple) reply.simple("multiple");
  }
  if (one.parts.empty()) return;
  reply.bulk("arguments");
  write_arguments(one.parts, reply);
}

}  // namespace

std::vector<ArgumentDocs> parse_usage(std::string_view usage) {
  return Parser(usage).alternatives();
}

void write_arguments(const std::vector<ArgumentDocs>& arguments, keyspace::Reply& reply) {
  reply.array_header(arguments.size());
  for (const ArgumentDocs& one : arguments) write_argument(one, reply);
}

}  // namespace octavo::redis
