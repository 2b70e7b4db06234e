#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

Execution::Execution(SqlSession& session, std::string_view text,
                     std::span<const sql::Constant> parameters)
    : session_(session),
      text_(text),
      parameters_(parameters),
      running_(std::make_unique<Running>(session.shared().service.engine, session.running(),
                                         session.account(), session.state())) {}

}  // namespace octavo::mysql
