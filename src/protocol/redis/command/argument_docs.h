#pragma once

// The arguments of a command as COMMAND DOCS tells them, made of the line that HELP shows:
//
//   <name>            a value                 WORD <name>     a value behind a word
//   WORD, A|B         words, one of words     [ ]             may be left out
//   ( a | b c )       one of several          x ...           once or more
//   <a> [<a> ...]     the same                <a> <b> [...]   all that came before, once or more

#include <string>
#include <string_view>
#include <vector>

#include "keyspace/reply.h"

namespace octavo::redis {

struct ArgumentDocs {
  enum class Type : std::uint8_t { string, integer, key, pattern, word, one_of, block };

  std::string name;
  Type type = Type::string;
  std::string token = {};  // the word, or the one in front of the value
  bool optional = false;
  bool multiple = false;
  std::vector<ArgumentDocs> parts = {};  // of one_of and block
};

std::vector<ArgumentDocs> parse_usage(std::string_view usage);
void write_arguments(const std::vector<ArgumentDocs>& arguments, keyspace::Reply& reply);

}  // namespace octavo::redis
