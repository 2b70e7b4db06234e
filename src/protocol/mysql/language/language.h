#pragma once

// SQL for clients of the MySQL protocol: the parser, the binder and the engine behind
// `Statements`.

#include "protocol/mysql/statements.h"

namespace octavo::mysql {

std::unique_ptr<Language> make_language(const LanguageContext& context);

}  // namespace octavo::mysql
