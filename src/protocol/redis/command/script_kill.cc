#include "protocol/redis/command/script_kill.h"

#include "protocol/redis/busy_error.h"

namespace octavo::redis {

void kill_script(Session& session, bool is_function, keyspace::Reply& reply) {
  const bool may_end_others = session.is_administrator() || session.rights().config;
  bool any = false;
  bool killed = false;
  session.service().running_scripts.visit([&](RunningScript& script) {
    if (!may_end_others && script.user != session.user()) return true;
    any = true;
    if (script.is_function != is_function) return true;
    // One that was told to end and still has to notice: each KILL ends another, while there is one.
    killed = true;
    return script.killed.exchange(true, std::memory_order_relaxed);
  });
  if (killed) return reply.ok();
  if (!any) return reply.error("NOTBUSY No scripts in execution right now.");
  reply.error(busy_error(!is_function));
}

}  // namespace octavo::redis
