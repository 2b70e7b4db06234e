#pragma once

// ReQL's view of the engine for one query of one user: metadata, rows, writes, feeds and
// administration, with RethinkDB's texts and permission checks.

#include <functional>
#include <memory>
#include <vector>

#include "dialect/reql/host.h"
#include "protocol/common/statement.h"
#include "protocol/rethinkdb/service_state.h"

namespace octavo::rethinkdb {

class EngineHost final : public reql::Host {
 public:
  EngineHost(ServiceState& service, protocol::Statement& statement)
      : service_(service), statement_(statement), context_(statement.context()) {}

  // How long the query's feeds hold changes back, so that more of them can be merged.
  double squash_seconds() const { return squash_seconds_; }
  // Whether they hold so much back that they should be read now, or may have to end because
  // definitions or grants were changed; else calls `more` once when that is to be asked again.
  bool holds_enough(const std::function<void()>& more);
  // permission_denied when the user may no longer read what the query has begun to read. Asked
  // before each batch: its rows may have been read earlier.
  Status still_allowed() { return service_.engine.access().still_allowed(context_); }
  catalog::CatalogPtr definitions() const { return service_.engine.catalog(); }
  // Something was refused because waiting was not allowed: run the query where it is.
  const bool& would_have_waited() const { return would_have_waited_; }

  Result<reql::DatabasePtr> find_database(std::string_view name) override;
  Result<reql::TablePtr> find_table(const reql::DatabaseInfo& database, std::string_view name,
                                    reql::IdentifierFormat format) override;

  Result<std::unique_ptr<reql::RowStream>> run(const algebra::PlanPtr& plan) override;
  Result<std::optional<value::Value>> get(const reql::TableInfo& table,
                                          const value::Value& key) override;
  Result<std::uint64_t> estimate_count(const reql::TableInfo& table) override;
  Result<std::vector<Status>> write_rows(const reql::WriteRequest& request) override;
  Status sync(const reql::TableInfo& table) override;
  Result<std::unique_ptr<reql::Feed>> subscribe(const reql::FeedRequest& request) override;
  Status wait(const Notify& notify) override;

  Result<reql::ConfigChange> create_database(std::string_view name) override;
  Result<std::pair<std::uint64_t, reql::ConfigChange>> drop_database(
      std::string_view name) override;
  Result<std::vector<std::string>> list_databases() override;
  Result<reql::ConfigChange> create_table(const reql::DatabaseInfo& database, std::string_view name,
                                          const reql::TableOptions& options) override;
  Result<reql::ConfigChange> drop_table(const reql::DatabaseInfo& database,
                                        std::string_view name) override;
  Result<std::vector<std::string>> list_tables(const reql::DatabaseInfo& database) override;

  Status create_index(const reql::TableInfo& table, std::string_view name,
                      const algebra::ExprPtr& function, const reql::IndexOptions& options) override;
  Status drop_index(const reql::TableInfo& table, std::string_view name) override;
  Status rename_index(const reql::TableInfo& table, std::string_view from, std::string_view to,
                      bool overwrite) override;
  Result<std::vector<reql::IndexInfo>> index_status(const reql::TableInfo& table,
                                                    const std::vector<std::string>& names,
                                                    bool wait) override;
  Status set_write_hook(const reql::TableInfo& table,
                        std::optional<reql::WriteHookInfo> hook) override;

  Result<std::uint64_t> wait_ready(const reql::DatabaseInfo& database, const reql::TableInfo* table,
                                   reql::WaitFor what, std::optional<double> timeout_s) override;
  Result<value::Value> reconfigure(const reql::DatabaseInfo& database, const reql::TableInfo* table,
                                   const reql::ReconfigureOptions& options) override;
  Result<value::Value> rebalance(const reql::DatabaseInfo& database,
                                 const reql::TableInfo* table) override;
  Result<reql::ConfigChange> grant(std::string_view user, const reql::GrantScope& scope,
                                   const value::Value& permissions) override;
  Status require_config(const reql::TableInfo& table) override;
  Result<value::Value> describe(const reql::DatabaseInfo& database, const reql::TableInfo* table,
                                reql::Description what) override;

 private:
  // permission_denied with RethinkDB's text.
  Status require(catalog::Permission permission, std::optional<DatabaseId> database,
                 std::optional<TableId> table) const;
  Status require(catalog::Permission permission, const reql::TableInfo& table) const {
    return require(permission, table.database.id, table.id);
  }
  // Of the database and of each of its tables, or of the one table.
  Status require_config(const reql::DatabaseInfo& database, const reql::TableInfo* table) const;
  // As `wait`, up to the query's deadline.
  Status wait_in_time(const Notify& notify);
  // Refuses where waiting is not allowed: definitions are changed by worker threads only.
  Status may_define();
  Result<Lsn> define(const engine::Engine::Decide& decide);
  Result<Lsn> drop(const engine::Engine::Decide& decide);

  ServiceState& service_;
  protocol::Statement& statement_;
  exec::QueryContext& context_;
  bool would_have_waited_ = false;
  struct Squashed {
    std::weak_ptr<stream::Subscription> feed;
    std::size_t enough = 0;
  };
  std::vector<Squashed> squashed_;
  double squash_seconds_ = 0;
  Lsn squashing_since_;  // the version of the definitions when feeds were read last
};

}  // namespace octavo::rethinkdb
