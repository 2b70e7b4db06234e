// SORT: the elements of a list, set or sorted set, by themselves or by other keys.

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"
#include "keyspace/field_expiry.h"
#include "keyspace/type/list_value.h"
#include "keyspace/type/set_value.h"
#include "keyspace/type/zset_value.h"

namespace octavo::keyspace {
namespace {

struct SortQuery {
  std::optional<std::string_view> by;  // a pattern with a star
  bool keep_order = false;             // BY without a star
  bool descending = false;
  bool alphabetic = false;
  std::int64_t offset = 0;
  std::int64_t count = -1;
  std::vector<std::string_view> gets;
  std::optional<std::string_view> store;
};

struct SortItem {
  std::string element;
  double number = 0;
  std::optional<std::string> text;
};

std::optional<SortQuery> parse(Args args, bool may_store, Reply& reply) {
  SortQuery query;
  for (std::size_t i = 2; i < args.size(); ++i) {
    const std::size_t more = args.size() - i - 1;
    if (is_word(args[i], "asc")) {
      query.descending = false;
    } else if (is_word(args[i], "desc")) {
      query.descending = true;
    } else if (is_word(args[i], "alpha")) {
      query.alphabetic = true;
    } else if (more >= 2 && is_word(args[i], "limit")) {
      const auto offset = integer_argument(args[i + 1], reply);
      if (!offset) return std::nullopt;
      const auto count = integer_argument(args[i + 2], reply);
      if (!count) return std::nullopt;
      query.offset = *offset;
      query.count = *count;
      i += 2;
    } else if (may_store && more >= 1 && is_word(args[i], "store")) {
      query.store = args[++i];
    } else if (more >= 1 && is_word(args[i], "by")) {
      query.by = args[++i];
      query.keep_order = query.by->find('*') == std::string_view::npos;
    } else if (more >= 1 && is_word(args[i], "get")) {
      query.gets.push_back(args[++i]);
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return query;
}

// The value a pattern names for an element: "#" is the element; the first star of "key*" or
// "key*->field" is replaced by it.
std::optional<std::string> look_up(CommandContext& context, std::string_view pattern,
                                   const std::string& element) {
  if (pattern == "#") return element;
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return std::nullopt;
  std::string_view field;
  std::string_view key_pattern = pattern;
  const std::size_t arrow = pattern.find("->", star + 1);
  if (arrow != std::string_view::npos && arrow + 2 < pattern.size()) {
    field = pattern.substr(arrow + 2);
    key_pattern = pattern.substr(0, arrow);
  }
  std::string key(key_pattern.substr(0, star));
  key.append(element).append(key_pattern.substr(star + 1));
  const KeyEntry* entry = context.read_entry(key);
  if (entry == nullptr) return std::nullopt;
  if (!field.empty()) {
    if (entry->value.kind() != Kind::hash) return std::nullopt;
    const auto value = read_field(context, key, &entry->value.as<HashValue>(), field);
    return value ? std::optional(std::string(*value)) : std::nullopt;
  }
  if (!entry->value.is_string()) return std::nullopt;
  return entry->value.as<StringValue>().to_string();
}

// Whether keys matter that the call does not name.
bool looks_up_keys(const SortQuery& query) {
  return (query.by && !query.keep_order) ||
         std::any_of(query.gets.begin(), query.gets.end(),
                     [](std::string_view pattern) { return pattern != "#"; });
}

// False for a kind that cannot be sorted.
bool collect(CommandContext& context, const Object& value, bool backwards,
             std::vector<SortItem>& items) {
  const auto add = [&](std::string_view element) {
    items.push_back({std::string(element)});
    return context.go_on();
  };
  switch (value.kind()) {
    case Kind::list: {
      const auto& list = value.as<ListValue>();
      list.visit(backwards ? list.size() - 1 : 0, backwards, add);
      return true;
    }
    case Kind::set: value.as<SetValue>().visit_while(add); return true;
    case Kind::zset: {
      const auto& zset = value.as<ZsetValue>();
      zset.visit(backwards ? zset.size() - 1 : 0, backwards,
                 [&](std::string_view member, double) { return add(member); });
      return true;
    }
    default: return false;
  }
}

bool weigh(CommandContext& context, const SortQuery& query, std::vector<SortItem>& items) {
  for (SortItem& item : items) {
    if (!context.go_on()) return true;
    if (query.by) {
      item.text = look_up(context, *query.by, item.element);
    } else {
      item.text = item.element;
    }
    if (query.alphabetic || !item.text) continue;
    char* end = nullptr;
    errno = 0;
    item.number = std::strtod(item.text->c_str(), &end);
    if (*end != '\0' || errno == ERANGE || std::isnan(item.number)) return false;
  }
  return true;
}

int compare(const SortQuery& query, const SortItem& a, const SortItem& b) {
  if (!query.alphabetic) {
    if (a.number != b.number) return a.number < b.number ? -1 : 1;
  } else if (a.text != b.text) {
    return a.text < b.text ? -1 : 1;  // what is missing comes first
  }
  // Equal weights: by the elements, so that the result is always the same.
  return a.element.compare(b.element);
}

void reply_items(CommandContext& context, const SortQuery& query, std::span<const SortItem> items,
                 Reply& reply) {
  const std::size_t columns = std::max<std::size_t>(query.gets.size(), 1);
  reply.array_header(items.size() * columns);
  for (const SortItem& item : items) {
    if (!context.go_on()) return;
    if (query.gets.empty()) reply.bulk(item.element);
    for (const std::string_view pattern : query.gets) {
      const auto value = look_up(context, pattern, item.element);
      value ? reply.bulk(*value) : reply.null();
    }
  }
}

Object list_of(CommandContext& context, const SortQuery& query, std::span<const SortItem> items) {
  auto list = std::make_unique<ListValue>();
  for (const SortItem& item : items) {
    if (!context.go_on()) break;
    if (query.gets.empty()) list->push_back(item.element);
    for (const std::string_view pattern : query.gets) {
      list->push_back(look_up(context, pattern, item.element).value_or(""));
    }
  }
  return Object(list.release());
}

// All elements in their order; false when the error is written.
bool sort_items(CommandContext& context, SortQuery& query, const KeyEntry* entry,
                std::vector<SortItem>& items, Reply& reply) {
  if (entry != nullptr) {
    const bool backwards = query.keep_order && query.descending;
    if (!collect(context, entry->value, backwards, items)) {
      reply.wrong_type();
      return false;
    }
    // A set has no order of its own that could be stored.
    const bool needs_order = query.store || context.for_script();
    if (entry->value.kind() == Kind::set && query.keep_order && needs_order) {
      query.keep_order = false;
      query.alphabetic = true;
      query.by.reset();
    }
  }
  if (query.keep_order) return true;
  if (!weigh(context, query, items)) {
    reply.error("ERR One or more scores can't be converted into double");
    return false;
  }
  std::sort(items.begin(), items.end(), [&](const SortItem& a, const SortItem& b) {
    const int order = compare(query, a, b);
    return query.descending ? order > 0 : order < 0;
  });
  return true;
}

std::span<const SortItem> picked(const SortQuery& query, std::span<const SortItem> items) {
  const auto size = static_cast<std::int64_t>(items.size());
  const std::int64_t start = std::clamp<std::int64_t>(query.offset, 0, size);
  const std::int64_t left = size - start;
  const std::int64_t count = query.count < 0 ? left : std::min(query.count, left);
  return items.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(count));
}

void store_sorted(CommandContext& context, SortQuery& query, const KeyEntry* entry, Reply& reply) {
  const auto make_list = [&]() -> std::optional<Object> {
    std::vector<SortItem> items;
    if (!sort_items(context, query, entry, items, reply)) return std::nullopt;
    return list_of(context, query, picked(query, items));
  };
  // What looks up keys that the call does not name cannot be made beforehand.
  const std::uint64_t elements =
      entry == nullptr || looks_up_keys(query) ? 0 : entry->value.element_count();
  auto list = context.make(elements, make_list);
  if (!list) return;
  reply.integer(static_cast<std::int64_t>(list->element_count()));
  context.put_or_erase(*query.store, *std::move(list), EventClass::list, "sortstore");
}

void sort(CommandContext& context, Args args, bool may_store, Reply& reply) {
  auto query = parse(args, may_store, reply);
  if (!query) return;
  const KeyEntry* entry = context.read_entry(args[1]);
  if (query->store) return store_sorted(context, *query, entry, reply);
  if (entry != nullptr && !looks_up_keys(*query) && context.defer(entry->value.element_count())) {
    return;
  }
  std::vector<SortItem> items;
  if (!sort_items(context, *query, entry, items, reply)) return;
  reply_items(context, *query, picked(*query, items), reply);
}

void sort_command(CommandContext& context, Args args, Reply& reply) {
  sort(context, args, true, reply);
}
void sort_ro_command(CommandContext& context, Args args, Reply& reply) {
  sort(context, args, false, reply);
}

constexpr CommandSpec kRows[] = {
    CommandSpec{"sort", -2, kWrite | kDenyOom | kMovableKeys | kDangerous | kMakesLast, 1, 1, 1,
                sort_command, "generic", "1.0.0", "Sort the elements in a list, set or sorted set",
                KeyRule::store}
        .with_use(use::kRO | use::kAccess, use::kOW | use::kUpdate)
        .with_read_only_form("sort_ro"),
    {"sort_ro", -2, kReadonly | kMovableKeys | kDangerous, 1, 1, 1, sort_ro_command, "generic",
     "7.0.0", "Sort the elements in a list, set or sorted set. Read-only variant of SORT."},
};

}  // namespace

std::span<const CommandSpec> sort_commands() { return kRows; }

}  // namespace octavo::keyspace
