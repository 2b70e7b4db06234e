#include "catalog/sha1_credentials.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "catalog/reserved.h"
#include "catalog/scram.h"

namespace octavo::catalog {
namespace {

CatalogPtr after(const CatalogState& state, const std::vector<Change>& changes) {
  CatalogEditor editor(state);
  for (const Change& change : changes) editor.apply(change);
  return std::move(editor).publish();
}

CatalogPtr with_user(const CatalogState& state, const User& user,
                     const std::optional<Credentials>& sha1) {
  std::vector<Change> changes{PutUser{user}};
  if (auto beside = put_sha1_credentials(state, user, sha1)) changes.push_back(*beside);
  return after(state, changes);
}

TEST(Sha1Credentials, HoldWhileTheUserHasThePasswordThatTheyAreOf) {
  const User user{"app", make_credentials("secret"), {}};
  const Credentials sha1 = make_sha1_credentials("app", "secret");
  EXPECT_EQ(sha1.iterations, kSha1Iterations);
  EXPECT_EQ(sha1.stored_key.size(), 20U);
  const CatalogPtr with = with_user(CatalogState::initial(), user, sha1);
  ASSERT_TRUE(sha1_credentials(*with, "app"));
  EXPECT_EQ(*sha1_credentials(*with, "app"), sha1);
  EXPECT_FALSE(sha1_credentials(*with, "other"));
  // Another protocol sets a password, and knows nothing of them.
  const User other{"app", make_credentials("secret"), {}};
  EXPECT_FALSE(sha1_credentials(*after(*with, {PutUser{other}}), "app"));
  EXPECT_FALSE(sha1_credentials(*after(*with, {DropUser{"app"}}), "app"));
  // The next who gets some takes along what holds no more.
  const CatalogPtr gone = after(*with, {DropUser{"app"}});
  const CatalogPtr next =
      with_user(*gone, {"next", make_credentials("x"), {}}, make_sha1_credentials("next", "x"));
  const CatalogPtr again = after(*next, {PutUser{user}});
  EXPECT_FALSE(sha1_credentials(*again, "app"));
  EXPECT_TRUE(sha1_credentials(*again, "next"));
}

TEST(Sha1Credentials, AreTakenAway) {
  const User user{"app", make_credentials("secret"), {}};
  EXPECT_FALSE(put_sha1_credentials(CatalogState::initial(), user, std::nullopt));
  const CatalogPtr with =
      with_user(CatalogState::initial(), user, make_sha1_credentials("app", "secret"));
  EXPECT_FALSE(sha1_credentials(*with_user(*with, user, std::nullopt), "app"));
}

// The example of MongoDB's drivers: user "user", password "pencil" (specification
// "Authentication").
TEST(Sha1Credentials, TakeTheProofOfAClient) {
  const auto base64 = [](std::string_view text) { return *base64_decode(text); };
  Credentials credentials = make_sha1_credentials("user", "pencil");
  credentials.salt = base64("rQ9ZY3MntBeuP3E1TDVC4w==");
  const Bytes salted =
      pbkdf2_hmac_sha1("1c33006ec1ffd90f9cadcbcc0e118200", credentials.salt, kSha1Iterations);
  credentials.stored_key = sha1(hmac_sha1(salted, "Client Key"));
  credentials.server_key = hmac_sha1(salted, "Server Key");
  const std::string covered =
      "n=user,r=fyko+d2lbbFgONRv9qkxdawL,"
      "r=fyko+d2lbbFgONRv9qkxdawLHo+Vgk7qvUOKUwuWLIWg4l/"
      "9SraGMHEE,s=rQ9ZY3MntBeuP3E1TDVC4w==,i=10000,"
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawLHo+Vgk7qvUOKUwuWLIWg4l/9SraGMHEE";
  const auto signature = verify_proof(credentials, covered, base64("MC2T8BvbmWRckDw8oWl5IVghwCY="));
  ASSERT_TRUE(signature);
  EXPECT_EQ(*signature, base64("UMWeI25JD1yNYZRMpZ4VHvhZ9e0="));
  EXPECT_FALSE(verify_proof(credentials, covered, base64("MC2T8BvbmWRckDw8oWl5IVghwCY=") + "x"));
  EXPECT_FALSE(verify_proof(credentials, "other", base64("MC2T8BvbmWRckDw8oWl5IVghwCY=")));
}

}  // namespace
}  // namespace octavo::catalog
