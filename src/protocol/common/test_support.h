#pragma once

// Protocols served from an engine in memory, as server/serve.cc serves them, and clients of theirs.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "catalog/edit.h"
#include "catalog/scram.h"
#include "engine/login_credentials.h"
#include "engine/test_support.h"
#include "io/per_executor.h"
#include "io/sim_file.h"
#include "io/socket.h"
#include "io/tls_testing.h"
#include "io/worker_pool.h"
#include "protocol/common/delivery_turns.h"
#include "protocol/common/jobs.h"
#include "protocol/common/listener_settings.h"
#include "protocol/common/listeners.h"
#include "protocol/common/logins.h"
#include "protocol/common/settings.h"

namespace octavo::protocol {

// Its calls wait for the server; not for I/O threads.
class TestClient {
 public:
  TestClient(io::Executor& executor, io::SocketAddress address)
      : executor_(executor), address_(std::move(address)) {
    io::block_on(executor_, connect());
  }
  ~TestClient() { io::block_on(executor_, close()); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void send(std::string bytes) { io::block_on(executor_, write(std::move(bytes))); }
  std::string line() { return io::block_on(executor_, read("\n")); }  // empty: the end
  std::string ask(const std::string& line) {
    send(line + "\n");
    return this->line();
  }
  // Through the handshake; false: it failed.
  bool start_tls(const io::TlsContext& context) {
    return io::block_on(executor_, stream_->start_tls_client(context, "localhost")).has_value();
  }
  // Up to `end`, and without it.
  std::string until(std::string_view end) { return io::block_on(executor_, read(end)); }
  // As many, or those in front of the end.
  std::string bytes(std::size_t count) { return io::block_on(executor_, read_bytes(count)); }
  // What has come, a byte at least; empty: the end.
  std::string some() { return io::block_on(executor_, read_some()); }
  // Until the server hangs up.
  std::string rest() { return io::block_on(executor_, read({})); }

 private:
  io::Task<void> connect() {
    Result<io::Stream> stream = co_await io::connect(address_);
    if (stream) stream_.emplace(*std::move(stream));
  }
  io::Task<void> write(std::string bytes) {
    const Status written = co_await stream_->write_all(bytes);
    EXPECT_TRUE(written);
  }
  // Up to `end` and without it, or all that comes.
  io::Task<std::string> read(std::string_view end) {
    char buffer[4096];
    for (;;) {
      const std::size_t found = end.empty() ? std::string::npos : read_.find(end);
      if (found != std::string::npos) {
        std::string out = read_.substr(0, found);
        read_.erase(0, found + end.size());
        co_return out;
      }
      const Result<std::size_t> size = co_await stream_->read_some(buffer);
      if (!size || *size == 0) co_return std::exchange(read_, {});
      read_.append(buffer, *size);
    }
  }
  io::Task<std::string> read_bytes(std::size_t count) {
    std::string buffer(64 * kKiB, '\0');
    while (read_.size() < count) {
      const Result<std::size_t> size = co_await stream_->read_some(buffer);
      if (!size || *size == 0) break;
      read_.append(buffer, 0, *size);
    }
    std::string out = read_.substr(0, count);
    read_.erase(0, count);
    co_return out;
  }
  io::Task<std::string> read_some() {
    if (!read_.empty()) co_return std::exchange(read_, {});
    std::string buffer(64 * kKiB, '\0');
    const Result<std::size_t> size = co_await stream_->read_some(buffer);
    buffer.resize(size.value_or(0));
    co_return buffer;
  }
  io::Task<void> close() {
    stream_.reset();
    co_return;
  }

  io::Executor& executor_;
  io::SocketAddress address_;
  std::optional<io::Stream> stream_;
  std::string read_;  // and not given out yet
};

// With the table `test.t`, and `ada` who may read and write.
class ServedTest : public engine::OneTable {
 protected:
  // They outlive it.
  explicit ServedTest(std::span<const Protocol* const> rows) : rows_(rows) {}

  static constexpr std::string_view kPassword = "sesame";

  void SetUp() override {
    engine::Options options;
    options.directory = "/data";
    options.memory = memory_;
    options.file_system = &disk();
    options.rows_in_memory = true;
    auto opened = engine::Engine::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().what;
    engine_ = *std::move(opened);
    create_table();
    add_user("ada", {.read = true, .write = true});
  }
  void TearDown() override {
    stop();
    runtime_.stop();  // what is still posted there may be about the rest
    EXPECT_EQ(engine_->close().has_value(), closes_well_);
    engine_.reset();  // before its disk
  }
  virtual io::FileSystem& disk() { return *files_; }

  void add_user(std::string name, catalog::Permissions permissions,
                std::string_view password = kPassword) {
    catalog::User user;
    user.name = std::move(name);
    user.credentials = catalog::make_credentials(password, 1);
    user.grants.push_back({.database = {}, .table = {}, .permissions = permissions});
    define([&user](const catalog::CatalogState& state) { return put_user(state, user); });
  }

  // With these settings, as a file would have them.
  void serve(const std::map<std::string, std::string>& given = {}) {
    // The rows are all that is to be said about the protocols.
    std::vector<SettingRow> rows = settings_of(rows_);
    for (const SettingRow& row : {kBind, kTlsCert, kTlsKey, kMaxConnections, kHandshakeTimeout}) {
      rows.push_back(row);
    }
    RawSettings source;
    for (const auto& [name, text] : given) source[name] = {{text}, name};
    auto settings = Settings::resolve(rows, {&source, 1});
    ASSERT_TRUE(settings) << settings.error().what;
    settings_.emplace(*std::move(settings));
    listeners_.emplace(
        ListenersContext{rows_, *settings_, runtime_, connections_, connection_memory_});
    const ServiceContext context{*engine_,     runtime_,       workers_, connections_, logins_,
                                 credentials_, system_clock(), turns_,   jobs_};
    const Status open = listeners_->open(context);
    ASSERT_TRUE(open) << open.error().what;
    for (const std::string& line : listeners_->take_announcements()) {
      const std::size_t space = line.rfind(' ');
      addresses_[line.substr(0, space)] = *io::parse_address(line.substr(space + 1));
    }
  }
  void stop(Nanoseconds grace = std::chrono::seconds(10)) {
    if (listeners_) listeners_->close(grace);
    listeners_.reset();
  }

  void serve_with_tls(std::map<std::string, std::string> given = {}) {
    given.emplace("tls-cert", certificate().file("cert.pem"));
    given.emplace("tls-key", certificate().file("key.pem"));
    serve(given);
  }
  static const io::TestCertificate& certificate() {
    static const io::TestCertificate one;
    return one;
  }

  const io::SocketAddress& address(const std::string& port) {
    return addresses_.at("listening " + port);
  }
  std::unique_ptr<TestClient> connect(const std::string& port) {
    return std::make_unique<TestClient>(client_.at(0), address(port));
  }

  const std::span<const Protocol* const> rows_;
  const std::unique_ptr<io::SimDisk> sim_ = io::make_sim_disk(1);
  const std::unique_ptr<io::FileSystem> files_ = sim_->mount();
  const std::shared_ptr<engine::ProcessMemory> memory_ =
      std::make_shared<engine::ProcessMemory>(256 * kMiB);
  io::Runtime client_{{.threads = 1}};
  Logins logins_{{.user = {std::chrono::hours(1), 3},
                  .address = {std::chrono::hours(1), 100},
                  .patience = Nanoseconds(0)},
                 1};
  io::Runtime runtime_{{.threads = 2}};
  io::WorkerPool workers_{{.threads = 2}};
  io::PerExecutor<DeliveryTurns> turns_{runtime_};
  Jobs jobs_;
  ConnectionTable connections_;
  ConnectionMemory connection_memory_{memory_->connections, connections_, system_clock()};
  engine::LoginCredentials credentials_{Bytes(engine::kLoginSecretBytes, 's')};
  std::optional<Settings> settings_;
  std::optional<Listeners> listeners_;
  std::map<std::string, io::SocketAddress> addresses_;
  bool closes_well_ = true;
};

}  // namespace octavo::protocol
