// The protocol's host over a real engine: what happens when the table changes under a query.

#include "protocol/rethinkdb/host.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "catalog/edit.h"
#include "protocol/common/test_connection.h"
#include "value/json.h"

namespace octavo::rethinkdb {
namespace {

using value::Value;
using Action = reql::RowEdit::Action;

class HostTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/octavo-host-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    engine::Options options;
    options.directory = directory_;
    options.memory = memory_;
    options.log_segment_bytes = kMiB;
    options.rows_in_memory = true;
    auto opened = engine::Engine::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().what;
    engine_ = *std::move(opened);
    service_.emplace(*engine_, workers_, logins_, credentials_, turns_, jobs_, "host", "uuid");
    host_.emplace(*service_, statement_);
    ASSERT_TRUE(host_->create_table(database(), "t", {}));
  }
  void TearDown() override {
    host_.reset();
    service_.reset();
    EXPECT_TRUE(engine_->close());
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }

  value::Account pays() const { return value::Account(memory_->queries, memory_->shares.query); }
  reql::DatabaseInfo database() { return **host_->find_database("test"); }
  reql::TablePtr table() { return *host_->find_table(database(), "t", {}); }
  std::string row(std::int64_t id) {
    const auto found = host_->get(*table(), Value::int64(id));
    EXPECT_TRUE(found);
    return *found ? value::to_json(**found) : "-";
  }
  // Puts {id: 1}; `meanwhile` happens once, while that is decided.
  Result<std::vector<Status>> put(std::function<void()> meanwhile) {
    reql::WriteRequest request;
    request.table = table();
    request.keys.push_back(Value::int64(1));
    request.decide = [&](std::size_t, const Value*) -> Result<reql::RowEdit> {
      if (meanwhile) std::exchange(meanwhile, nullptr)();
      return reql::RowEdit{Action::put, Value::object({{"id", Value::int64(1)}})};
    };
    request.decide_for = [&](reql::TablePtr now) { tables_.push_back(std::move(now)); };
    return host_->write_rows(request);
  }

  std::string directory_;
  std::shared_ptr<engine::ProcessMemory> memory_ =
      std::make_shared<engine::ProcessMemory>(64 * kMiB);
  io::WorkerPool workers_{{.threads = 1}};
  protocol::Logins logins_;
  engine::LoginCredentials credentials_{"secret"};
  io::Executor executor_;
  io::PerExecutor<protocol::DeliveryTurns> turns_{executor_};
  protocol::Jobs jobs_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<ServiceState> service_;
  protocol::TestConnection client_;
  protocol::Statements statements_{*client_.connection, jobs_, workers_};
  protocol::Statement statement_{statements_, catalog::kAdminName, pays()};
  std::optional<EngineHost> host_;
  std::vector<reql::TablePtr> tables_;  // that rows were decided for
};

TEST_F(HostTest, AWriteThatMeetsTheDropOfItsTableFindsNoTable) {
  const auto written = put([this] { ASSERT_TRUE(host_->drop_table(database(), "t")); });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::not_found);
  EXPECT_EQ(written.error().what, "Table `test.t` does not exist.");
}

TEST_F(HostTest, AWriteThatMeetsANewHookIsDecidedWithIt) {
  const auto written = put([this] {
    const reql::WriteHookInfo hook{
        algebra::lambda({algebra::VarId{1}, algebra::VarId{2}, algebra::VarId{3}},
                        algebra::variable(algebra::VarId{3}))};
    ASSERT_TRUE(host_->set_write_hook(*table(), hook));
  });
  ASSERT_TRUE(written);
  EXPECT_TRUE(written->front());
  ASSERT_EQ(tables_.size(), 2U);
  EXPECT_FALSE(tables_[0]->write_hook);
  EXPECT_TRUE(tables_[1]->write_hook);
  EXPECT_EQ(row(1), R"({"id":1})");
}

// The host of a query of a user who may read everything, until `revoke`.
class ReaderTest : public HostTest {
 protected:
  void SetUp() override {
    HostTest::SetUp();
    set_read(true);
    reader_.emplace(*service_, reader_statement_);
  }
  void TearDown() override {
    reader_.reset();
    HostTest::TearDown();
  }
  void set_read(bool allowed) {
    const catalog::Grant everywhere{.permissions = {.read = allowed}};
    ASSERT_TRUE(engine_->define(catalog::kAdminName, [&](const catalog::CatalogState& state) {
      catalog::User user{.name = "reader", .credentials = {}, .grants = {everywhere}};
      return catalog::put_user(state, std::move(user));
    }));
  }
  void add_bystander() {
    ASSERT_TRUE(engine_->define(catalog::kAdminName, [](const catalog::CatalogState& state) {
      return catalog::put_user(state, {.name = "bystander", .credentials = {}, .grants = {}});
    }));
  }
  static algebra::PlanPtr all_of(const reql::TableInfo& table) {
    algebra::Scan scan{.table = table.id, .index = {}, .keys = {}, .order = {}};
    return algebra::make_plan(std::move(scan));
  }
  Result<std::unique_ptr<reql::Feed>> feed() {
    reql::FeedRequest request;
    request.table = table();
    request.plan = all_of(*request.table);
    return reader_->subscribe(request);
  }

  protocol::Statement reader_statement_{statements_, "reader", pays()};
  std::optional<EngineHost> reader_;
  std::vector<reql::FeedEvent> events_;
  int woken_ = 0;
};

TEST_F(ReaderTest, WhoMayNoLongerReadIsToldByTheFeed) {
  const auto changes = feed();
  ASSERT_TRUE(changes);
  EXPECT_TRUE((*changes)->poll(10, events_));
  (*changes)->notify([&] { ++woken_; });
  EXPECT_EQ(woken_, 0);
  set_read(false);
  EXPECT_EQ(woken_, 1);
  const Status polled = (*changes)->poll(10, events_);
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().code, Code::permission_denied);
  EXPECT_EQ(polled.error().what, "User `reader` does not have the required `read` permission.");
}

TEST_F(ReaderTest, AChangeOfRightsBetweenPollAndWaitIsNotMissed) {
  const auto changes = feed();
  ASSERT_TRUE(changes);
  EXPECT_TRUE((*changes)->poll(10, events_));
  add_bystander();
  (*changes)->notify([&] { ++woken_; });
  EXPECT_EQ(woken_, 1);
  EXPECT_TRUE((*changes)->poll(10, events_)) << "it still may";
  (*changes)->notify([&] { ++woken_; });
  EXPECT_EQ(woken_, 1);
}

TEST_F(ReaderTest, WhoMayNoLongerReadGetsNoMoreRows) {
  ASSERT_TRUE(put({}));
  const auto rows = reader_->run(all_of(*table()));
  ASSERT_TRUE(rows);
  EXPECT_TRUE(reader_->still_allowed());
  set_read(false);
  EXPECT_FALSE(reader_->still_allowed());
  std::vector<Value> out;
  const auto pulled = (*rows)->pull(out, {});
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, Code::permission_denied);
}

}  // namespace
}  // namespace octavo::rethinkdb
