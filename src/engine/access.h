#pragma once

// Who may do what, decided in one place for all protocols: by the users and grants of the
// definitions in force (catalog::CatalogState::allows). The model is in docs/security.md.
//
// The engine asks it at each of its entry points; a protocol asks it as well where its dialect
// wants an error earlier, and for objects of its own.

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "catalog/change.h"
#include "catalog/model.h"
#include "catalog/reserved.h"
#include "engine/definitions.h"
#include "exec/context.h"
#include "keyspace/needs.h"

namespace octavo::engine {

// Thread-safe.
class Access {
 public:
  explicit Access(const Definitions& definitions) : definitions_(definitions) {}

  catalog::CatalogPtr definitions() const { return definitions_.current(); }

  // Whether the user of a session was deleted meanwhile.
  bool is_gone(std::string_view user) const {
    return user != catalog::kAdminName && definitions()->find_user(user) == nullptr;
  }
  // `permission_denied`, naming the user and the permission.
  Status require(std::string_view user, catalog::Permission permission,
                 std::optional<DatabaseId> database, std::optional<TableId> table) const;
  // The same of names, whether or not there is something of them (CatalogState::allows_named).
  Status require_named(std::string_view user, catalog::Permission permission,
                       std::string_view database, std::string_view table) const;
  static std::unexpected<Error> refusal(std::string_view user, catalog::Permission permission);
  // The same of a query's user, or of one who lends it this right (exec::QueryContext::lent).
  Status require(const exec::QueryContext& query, catalog::Permission permission,
                 std::optional<DatabaseId> database, TableId table) const;
  // What the changes need: `config` of each table and database that they touch, of both databases
  // where a table moves, of the server for a new database; the right to write the system tables of
  // users and of permissions.
  Status require(std::string_view user, const catalog::CatalogState& before,
                 std::span<const catalog::Change> changes) const;

  // Whether the query may read the table, now and from now on. A table that is gone is nobody's
  // secret: reading it ends in an error of its own.
  Status begin_read(exec::QueryContext& query, TableId table) const;
  // Whether it still may read all that it has begun to read.
  Status still_allowed(exec::QueryContext& query) const;

  // Goes up when users or grants change, once the change is in force.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // By the holder of the sequencer role, when `version` has to go up.
  void changed();

  // While it lives, `changed` is called after each change: by the holder of the sequencer role, so
  // it must be quick and may not wait for a commit.
  class Watch;
  std::unique_ptr<Watch> watch(std::function<void()> changed);

 private:
  Status require_read(const exec::QueryContext& query, TableId table) const;

  const Definitions& definitions_;
  std::atomic<std::uint64_t> version_{1};
  Mutex mutex_;  // held while watchers are told
  std::list<std::function<void()>> watchers_ OCTAVO_GUARDED_BY(mutex_);
};

class Access::Watch {
 public:
  Watch(Access& access, std::list<std::function<void()>>::iterator at) : access_(access), at_(at) {}
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  Access& access_;
  std::list<std::function<void()>>::iterator at_;
};

// What a user may do with the numbered parts of the keyspace.
struct KeyspaceRights {
  keyspace::DatabaseSet read = keyspace::kNoDatabases;
  keyspace::DatabaseSet write = keyspace::kNoDatabases;
  bool config = false;  // of the whole server
  bool user_exists = false;

  bool cover(const keyspace::Needs& needs) const {
    // Databases that do not exist are nobody's: commands that name one say so themselves.
    constexpr auto kExisting = keyspace::database_bit(catalog::kKeyspace.tables.count) - 1;
    return (needs.read & kExisting & ~read) == 0 && (needs.write & kExisting & ~write) == 0 &&
           (!needs.read_any || read != 0) && (!needs.write_any || write != 0) &&
           (!needs.config || config);
  }
  static KeyspaceRights of(const catalog::CatalogState& state, std::string_view user);
};

// Whom keyspace calls are run for. Belongs to one thread at a time: it keeps the user's rights and
// follows the definitions, at the price of one atomic read a question.
class Caller {
 public:
  Caller(const Access& access, std::string_view user) : access_(&access) { set_user(user); }

  const std::string& user() const { return user_; }
  void set_user(std::string_view user);
  bool is_administrator() const { return administrator_; }

  // As they are now; everything for the administrator.
  const KeyspaceRights& rights();
  bool may(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args) {
    return administrator_ || rights().cover(keyspace::needs_of(spec, db, args));
  }

 private:
  const Access* access_;
  std::string user_;
  bool administrator_ = false;
  std::uint64_t version_ = 0;  // of `rights_`
  KeyspaceRights rights_;
};

}  // namespace octavo::engine
