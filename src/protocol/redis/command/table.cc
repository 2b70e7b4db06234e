#include <algorithm>
#include <cctype>

#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

const std::vector<DialogueCommand>& dialogue_commands() {
  static const std::vector<DialogueCommand> commands = [] {
    std::vector<DialogueCommand> out;
    for (const auto family : {acl_dialogue(), connection_dialogue(), transaction_dialogue(),
                              subscription_dialogue(), function_dialogue(), replication_dialogue(),
                              save_dialogue(), shutdown_dialogue(), debug_dialogue()}) {
      out.insert(out.end(), family.begin(), family.end());
    }
    return out;
  }();
  return commands;
}

// Their rows, as a family of their own, in the same order.
std::span<const keyspace::CommandSpec> dialogue_family() {
  static const std::vector<keyspace::CommandSpec> rows = [] {
    std::vector<keyspace::CommandSpec> out;
    for (const auto& command : dialogue_commands()) out.push_back(command.spec);
    return out;
  }();
  return rows;
}

}  // namespace

const keyspace::CommandTable& all_commands() {
  static const keyspace::CommandTable table = [] {
    const auto keys = keyspace::keyspace_families();
    std::vector<std::span<const keyspace::CommandSpec>> families(keys.begin(), keys.end());
    for (const auto family :
         {cluster_family(), connection_family(), client_family(), command_family(), config_family(),
          latency_family(), pubsub_family(), replication_family(), save_family(), script_family(),
          server_family(), slowlog_family(), stand_alone_family(), dialogue_family()}) {
      families.push_back(family);
    }
    return keyspace::CommandTable(families);
  }();
  return table;
}

const DialogueCommand* dialogue_command(const keyspace::CommandSpec& spec) {
  const auto family = dialogue_family();
  if (&spec < family.data() || &spec >= family.data() + family.size()) return nullptr;
  return &dialogue_commands()[static_cast<std::size_t>(&spec - family.data())];
}

bool same_word(std::string_view lower_case, std::string_view any_case) {
  return std::ranges::equal(lower_case, any_case, [](char a, char b) {
    return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
  });
}

}  // namespace octavo::redis
