#pragma once

// A MongoDB server as a copy sees it: the source, and the target, which is another one or this
// process. Blocks; used by one thread at a time.

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb::transfer {

class Commands {
 public:
  virtual ~Commands() = default;

  // What the server answers, `ok` included. Errors: the server's own with their number
  // (Error::number); `unavailable`, with the number 0: it cannot be reached, and whether the
  // command has run is not known.
  virtual Result<value::Value> run(std::string_view database, BytesView command) = 0;
  // How it is called in messages.
  virtual const std::string& name() const = 0;

  Result<value::Value> run(std::string_view database, const value::Value& command);
};

// All documents of a command that answers with a cursor.
Result<std::vector<value::Value>> rows_of(Commands& server, std::string_view database,
                                          const value::Value& command);

// The error of a reply with `ok: 0`, as the server says it.
Result<value::Value> checked_reply(value::Value reply);

// Whether the same may be asked again, a little later: the server was away, changed its role, or
// lost the cursor.
bool is_passing(const Error& error);

// MongoDB's numbers that a copy looks at.
constexpr std::uint32_t kNamespaceNotFound = 26;
constexpr std::uint32_t kNamespaceExists = 48;
constexpr std::uint32_t kDuplicateKey = 11000;

}  // namespace octavo::mongodb::transfer
