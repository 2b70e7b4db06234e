// SCAN, and the options of its relatives.

#include "keyspace/scan.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "keyspace/arguments.h"
#include "keyspace/command/families.h"
#include "keyspace/context.h"

namespace octavo::keyspace {

std::optional<std::uint64_t> scan_cursor(std::string_view argument, Reply& reply) {
  const auto cursor = parse_number<std::uint64_t>(argument);
  if (!cursor) reply.error("ERR invalid cursor");
  return cursor;
}

std::optional<ScanOptions> scan_options(Args args, std::uint64_t cursor, bool with_type,
                                        Reply& reply) {
  ScanOptions options;
  options.cursor = cursor;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    const bool more = i + 1 < args.size();
    if (more && is_word(args[i], "count")) {
      const auto count = integer_argument(args[i + 1], reply);
      if (!count) return std::nullopt;
      if (*count < 1) {
        reply.syntax_error();
        return std::nullopt;
      }
      options.count = std::min(static_cast<std::uint64_t>(*count), kMaxScanCount);
    } else if (more && is_word(args[i], "match")) {
      options.pattern = args[i + 1];
      options.match_all = options.pattern == "*";
    } else if (more && with_type && is_word(args[i], "type")) {
      options.type = args[i + 1];
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return options;
}

namespace {

void scan_command(CommandContext& context, Args args, Reply& reply) {
  const auto cursor = scan_cursor(args[1], reply);
  if (!cursor) return;
  const auto options = scan_options(args.subspan(2), *cursor, true, reply);
  if (!options) return;
  ScanReply found;
  const std::uint64_t next =
      context.db().keys().scan(options->cursor, options->count, [&](const KeyEntry* entry) {
        if (context.has_expired(*entry)) return;
        if (!options->matches(entry->key())) return;
        if (options->type && !is_word(*options->type, kind_name(entry->value.kind()))) return;
        found.bulk(entry->key());
      });
  found.send(next, reply);
}

constexpr CommandSpec kRows[] = {
    {"scan", -2, kReadonly, 0, 0, 0, scan_command, "generic", "2.8.0",
     "Incrementally iterate the keys space"},
};

}  // namespace

std::span<const CommandSpec> scan_commands() { return kRows; }

}  // namespace octavo::keyspace
