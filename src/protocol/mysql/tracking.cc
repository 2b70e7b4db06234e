#include "protocol/mysql/tracking.h"

#include "protocol/mysql/payload.h"

namespace octavo::mysql {

void put_change(Bytes& out, const StateChange& change) {
  Bytes data;
  switch (change.kind) {
    case StateChange::Kind::variable:
      put_text(data, change.name);
      put_text(data, change.value);
      break;
    case StateChange::Kind::database: put_text(data, change.name); break;
    case StateChange::Kind::any: put_text(data, "1"); break;
    case StateChange::Kind::transaction:
    case StateChange::Kind::transaction_state: put_text(data, change.value); break;
  }
  out.push_back(static_cast<char>(change.kind));
  put_text(out, data);
}

}  // namespace octavo::mysql
