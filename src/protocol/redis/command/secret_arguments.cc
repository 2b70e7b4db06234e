#include "protocol/redis/secret_arguments.h"

#include <algorithm>

#include "keyspace/arguments.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/config/parameters.h"
#include "protocol/redis/state/slow_log.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using Shown = std::span<std::string_view>;

constexpr std::string_view kRedacted = "(redacted)";

template <std::size_t kFirst>
void hide_from(Shown shown) {
  std::ranges::fill(shown.subspan(std::min(kFirst, shown.size())), kRedacted);
}

void hide_login(Shown shown) {
  for (std::size_t i = 2; i < shown.size(); ++i) {
    if (keyspace::is_word(shown[i], "auth") && i + 2 < shown.size()) {
      shown[i + 1] = shown[i + 2] = kRedacted;
      i += 2;
    } else if (keyspace::is_word(shown[i], "setname")) {
      ++i;
    } else {
      return;  // the call is refused
    }
  }
}

void hide_parameters(Shown shown) {
  for (std::size_t i = 2; i + 1 < shown.size(); i += 2) {
    const Parameter* parameter = find_parameter(shown[i]);
    if (parameter != nullptr && parameter->is_secret) shown[i + 1] = kRedacted;
  }
}

void hide_move_login(Shown shown) {
  for (std::size_t i = 6; i + 1 < shown.size(); ++i) {
    if (keyspace::is_word(shown[i], "keys")) return;
    const bool named = keyspace::is_word(shown[i], "auth2");
    if (!named && !keyspace::is_word(shown[i], "auth")) continue;
    const std::size_t words = std::min<std::size_t>(named ? 2 : 1, shown.size() - i - 1);
    std::ranges::fill(shown.subspan(i + 1, words), kRedacted);
    i += words;
  }
}

struct Row {
  std::string_view name;  // with what it holds
  void (*hide)(Shown shown);
};
constexpr Row kRows[] = {
    {"acl|deluser", hide_from<2>}, {"acl|getuser", hide_from<2>},   {"acl|setuser", hide_from<2>},
    {"auth", hide_from<1>},        {"config|set", hide_parameters}, {"hello", hide_login},
    {"migrate", hide_move_login},
};

const Row* row_of(const keyspace::CommandSpec& spec, Args args) {
  const auto* const row = std::ranges::find(kRows, called_row(spec, args).name, &Row::name);
  return row == std::end(kRows) ? nullptr : row;
}

}  // namespace

bool has_secrets(const keyspace::CommandSpec& spec, Args args) {
  return row_of(spec, args) != nullptr;
}

std::vector<std::string_view> without_secrets(const keyspace::CommandSpec& spec, Args args) {
  std::vector<std::string_view> shown(args.begin(), args.end());
  if (const Row* const row = row_of(spec, args)) row->hide(shown);
  return shown;
}

std::vector<std::string> arguments_to_show(const keyspace::CommandSpec& spec, Args args) {
  if (!has_secrets(spec, args)) return shortened(args);
  return shortened(without_secrets(spec, args));
}

}  // namespace octavo::redis
