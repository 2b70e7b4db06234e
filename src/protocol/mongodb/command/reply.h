#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// What a command answers. `ok`, $clusterTime, operationTime and what follows from the write concern
// are added by the dialogue.
struct Reply {
  std::vector<value::Field> fields;
  // ok: 0; `fields` stand behind the code (keyPattern, keyValue, errInfo). Like an error that `run`
  // returns, which has no fields.
  std::optional<Error> error;
  std::vector<std::string> labels;  // errorLabels, beside those that the dialogue adds
  // Though ok: some of it failed (writeErrors), which ends a transaction.
  bool failed_in_part = false;
  // No reply yet: the command is called again when its statement's alarm rings or is stopped, and
  // at this time (monotonic) at the latest. Nothing else of the reply counts.
  std::optional<std::int64_t> wait_until_ns;
  bool more = false;  // with an exhaust request: further replies may follow

  Reply& add(std::string_view name, value::Value value) {
    fields.push_back({std::string(name), std::move(value)});
    return *this;
  }

  static Reply wait(std::int64_t until_monotonic_ns) {
    Reply reply;
    reply.wait_until_ns = until_monotonic_ns;
    return reply;
  }
  static Reply failure(Error error, std::vector<value::Field> info) {
    Reply reply;
    reply.error = std::move(error);
    reply.fields = std::move(info);
    return reply;
  }
};

}  // namespace octavo::mongodb
