#include "protocol/redis/command/argument_docs.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

// One line: `name:type`, a token in front, `?` optional, `*` multiple, parts in braces.
std::string shown(const std::vector<ArgumentDocs>& arguments) {
  constexpr std::string_view kTypes[] = {"string", "integer", "key",  "pattern",
                                         "word",   "one",     "block"};
  std::string out;
  for (const ArgumentDocs& one : arguments) {
    if (!out.empty()) out += ' ';
    if (!one.token.empty()) out += one.token + "=";
    out += one.name + ":" + std::string(kTypes[static_cast<std::size_t>(one.type)]);
    if (one.optional) out += '?';
    if (one.multiple) out += '*';
    if (!one.parts.empty()) out += "{" + shown(one.parts) + "}";
  }
  return out;
}

TEST(ArgumentDocsTest, AreReadFromTheLineOfHelp) {
  const struct {
    std::string_view usage;
    std::string_view shown;
  } cases[] = {
      {"", ""},
      {"<id>", "id:integer"},
      {"[<count>]", "count:integer?"},
      {"<key> <word>", "key:key word:string"},
      {"ON|OFF", "on-off:one{ON=on:word OFF=off:word}"},
      {"[ASYNC|SYNC]", "async-sync:one?{ASYNC=async:word SYNC=sync:word}"},
      {"<slot> [<slot> ...]", "slot:integer*"},
      {"[<name> ...]", "name:string?*"},
      {"<name> <value> [<name> <value> ...]", "name-value:block*{name:string value:string}"},
      {"<start slot> <end slot> [...]",
       "start slot-end slot:block*{start slot:integer end slot:integer}"},
      {"<milliseconds> [WRITE|ALL]",
       "milliseconds:integer write-all:one?{WRITE=write:word ALL=all:word}"},
      {"[TYPE <type> | ID <id> [...]]", "type-id:one?{TYPE=type:string ID=id:integer*}"},
      {"[<count> | RESET]", "count-reset:one?{count:integer RESET=reset:word}"},
      {"LIB-NAME|LIB-VER <value>",
       "lib-name-lib-ver:one{LIB-NAME=lib-name:word LIB-VER=lib-ver:word} value:string"},
      {"[REPLACE] <code>", "REPLACE=replace:word? code:string"},
      {"<ip> <port> [<bus-port>]", "ip:string port:integer bus-port:integer?"},
  };
  for (const auto& one : cases) EXPECT_EQ(shown(parse_usage(one.usage)), one.shown) << one.usage;
}

TEST(ArgumentDocsTest, EveryLineOfHelpIsRead) {
  for (const auto* spec : all_commands().all()) {
    for (const keyspace::Subcommand& one : spec->subcommands) {
      EXPECT_EQ(parse_usage(one.arguments).empty(), one.arguments.empty())
          << spec->name << " " << one.name;
      // A line that cannot be read has brackets, or dots, where names should be.
      EXPECT_EQ(shown(parse_usage(one.arguments)).find_first_of("[]()<>."), std::string::npos)
          << spec->name << " " << one.name << " " << shown(parse_usage(one.arguments));
    }
  }
}

}  // namespace
}  // namespace octavo::redis
