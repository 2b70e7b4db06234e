#pragma once

// What the sessions of a service share.

#include "dialect/sql/function/named_locks.h"
#include "dialect/sql/state/variable_values.h"
#include "protocol/common/service.h"
#include "protocol/mysql/language/command_counts.h"
#include "protocol/mysql/language/inference.h"
#include "protocol/mysql/service_counts.h"
#include "protocol/mysql/statements.h"

namespace octavo::mysql {

struct LanguageState {
  explicit LanguageState(const LanguageContext& context);

  const protocol::ServiceContext& service;
  Processes& processes;
  ServiceCounts& counts;
  CommandCounts commands;
  sql::GlobalVariables globals;
  InferenceCache inferences;
  sql::NamedLocks locks;
  const std::int64_t started_ns;  // monotonic
};

}  // namespace octavo::mysql
