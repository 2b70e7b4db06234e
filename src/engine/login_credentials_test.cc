#include "engine/login_credentials.h"

#include <gtest/gtest.h>

#include "catalog/change.h"
#include "catalog/scram.h"
#include "io/sim_file.h"

namespace octavo::engine {
namespace {

catalog::User user(std::string name, std::string_view password, std::uint32_t iterations) {
  catalog::User out;
  out.name = std::move(name);
  out.credentials = catalog::make_credentials(password, iterations);
  return out;
}

catalog::CatalogPtr state_with(std::initializer_list<catalog::User> users) {
  catalog::CatalogEditor editor(catalog::CatalogState::initial());
  for (const auto& one : users) editor.apply(catalog::PutUser{one});
  return std::move(editor).publish();
}

TEST(LoginCredentials, UsersHaveTheirOwn) {
  const LoginCredentials logins("secret");
  const auto alice = user("alice", "secret", 7);
  EXPECT_EQ(logins.of(state_with({alice}), "alice"), alice.credentials);
  EXPECT_EQ(logins.with_password(state_with({alice}), "alice"), alice.credentials);
}

TEST(LoginCredentials, NobodyHasSomeAsWellAndAlwaysTheSame) {
  const LoginCredentials logins("secret");
  const auto state = state_with({user("alice", "secret", 7)});
  const auto made_up = logins.of(state, "nobody");
  EXPECT_FALSE(made_up.salt.empty());
  EXPECT_EQ(made_up, logins.of(state, "nobody"));
  EXPECT_EQ(made_up, LoginCredentials("secret").of(state, "nobody"));  // after a restart
  EXPECT_NE(made_up.salt, LoginCredentials("another").of(state, "nobody").salt);
}

TEST(LoginCredentials, AnEmptyPasswordIsNoneWhereOneIsNeeded) {
  const LoginCredentials logins("secret");
  const auto open = user("open", "", 1);
  const auto state = state_with({open});
  EXPECT_EQ(logins.of(state, "open"), open.credentials);
  const auto made_up = logins.with_password(state, "open");
  EXPECT_FALSE(made_up.empty_password);
  EXPECT_EQ(made_up.iterations, catalog::kDefaultIterations);
  EXPECT_FALSE(catalog::password_matches(made_up, ""));
}

// Else the number of iterations would tell.
TEST(LoginCredentials, NobodyHasTheIterationsOfMostUsers) {
  const LoginCredentials logins("secret");
  const auto a = user("a", "x", 9);
  const auto b = user("b", "x", 5);
  const auto c = user("c", "x", 5);
  const auto admin = user("admin", "", 1);
  EXPECT_EQ(logins.of(state_with({admin}), "nobody").iterations, catalog::kDefaultIterations);
  EXPECT_EQ(logins.of(state_with({admin, a}), "nobody").iterations, 9U);
  EXPECT_EQ(logins.of(state_with({admin, a, b, c}), "nobody").iterations, 5U);
}

TEST(LoginSecret, IsKept) {
  const auto disk = io::make_sim_disk(1);
  const auto mounted = disk->mount();
  io::FileSystem& files = *mounted;
  ASSERT_TRUE(files.create_directories("/data"));
  const Bytes secret = load_login_secret(files, "/data");
  EXPECT_EQ(secret.size(), kLoginSecretBytes);
  EXPECT_EQ(load_login_secret(files, "/data"), secret);
  disk->power_cut();
  EXPECT_EQ(load_login_secret(*disk->mount(), "/data"), secret);
}

TEST(LoginSecret, ADamagedFileOrAFullDiskStopsNobody) {
  const auto disk = io::make_sim_disk(1);
  const auto mounted = disk->mount();
  io::FileSystem& files = *mounted;
  ASSERT_TRUE(files.create_directories("/data"));
  ASSERT_TRUE(io::write_file_atomic(files, "/data/login-secret", "short"));
  const Bytes secret = load_login_secret(files, "/data");
  EXPECT_EQ(secret.size(), kLoginSecretBytes);
  EXPECT_EQ(load_login_secret(files, "/data"), secret);
  EXPECT_EQ(load_login_secret(files, "/nowhere").size(), kLoginSecretBytes);
  ASSERT_TRUE(files.remove("/data/login-secret"));
  disk->set_capacity(0);
  EXPECT_EQ(load_login_secret(files, "/data").size(), kLoginSecretBytes);
}

}  // namespace
}  // namespace octavo::engine
