#include "protocol/mysql/language/language.h"

#include "base/clock.h"
#include "engine/engine.h"
#include "protocol/mysql/language/language_state.h"
#include "protocol/mysql/language/sql_session.h"

namespace octavo::mysql {
namespace {

using value::Value;

class SqlLanguage final : public Language {
 public:
  explicit SqlLanguage(const LanguageContext& context) : state_(context) {}

  std::unique_ptr<Statements> open(protocol::Connection& connection,
                                   const ClientResponse& client) override {
    return std::make_unique<SqlSession>(state_, connection, client);
  }

 private:
  LanguageState state_;
};

}  // namespace

LanguageState::LanguageState(const LanguageContext& context)
    : service(context.service),
      processes(context.processes),
      counts(context.counts),
      started_ns(context.service.clock.monotonic_ns()) {
  globals.put("version", Value::string(kServerVersion));
  globals.put("server_uuid", Value::string(service.engine.instance_uuid()));
  globals.put("max_allowed_packet", Value::int64(static_cast<std::int64_t>(context.max_packet)));
  globals.put("local_infile", Value::int64(context.local_infile ? 1 : 0));
}

std::unique_ptr<Language> make_language(const LanguageContext& context) {
  return std::make_unique<SqlLanguage>(context);
}

}  // namespace octavo::mysql
