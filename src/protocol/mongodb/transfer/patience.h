#pragma once

// Waiting for servers that are away for a while.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "protocol/mongodb/transfer/commands.h"
#include "protocol/mongodb/transfer/report.h"
#include "protocol/mongodb/transfer/stop.h"

namespace octavo::mongodb::transfer {

class Patience {
 public:
  // `limit_ns`: how long a server may be away; nothing: for ever. The others outlive it.
  Patience(std::optional<std::int64_t> limit_ns, Report& report, const StopRequest& stop)
      : limit_ns_(limit_ns), report_(report), stop_(stop) {}

  // After a call has failed: OK, after a pause, if it is to be made again. Else its error, or
  // `cancelled` where a stop was asked for.
  Status wait(const Error& failure);
  // After one that has not.
  void reset();

  // The same call until it does not fail for a passing reason.
  template <class Call>
  auto persist(Call&& call) -> decltype(call()) {
    for (;;) {
      auto result = call();
      if (result) {
        reset();
        return result;
      }
      TRY_STATUS(wait(result.error()));
    }
  }

 private:
  const std::optional<std::int64_t> limit_ns_;
  Report& report_;
  const StopRequest& stop_;
  std::int64_t since_ns_ = 0;  // 0: nothing fails
  std::int64_t pause_ns_ = 0;
};

// Another server asks as the first one does, with as much patience.
class Persistent final : public Commands {
 public:
  // Both outlive it.
  Persistent(Commands& server, Patience& patience) : server_(server), patience_(patience) {}

  using Commands::run;
  Result<value::Value> run(std::string_view database, BytesView command) override {
    return patience_.persist([&] { return server_.run(database, command); });
  }
  const std::string& name() const override { return server_.name(); }

 private:
  Commands& server_;
  Patience& patience_;
};

}  // namespace octavo::mongodb::transfer
