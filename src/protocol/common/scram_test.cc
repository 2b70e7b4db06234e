#include "protocol/common/scram.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/base64.h"
#include "base/crypto.h"
#include "protocol/common/test_scram.h"

namespace octavo::protocol {
namespace {

using Problem = ScramProblem;

// RFC 7677 section 3.
constexpr std::string_view kSalt = "W22ZaJ0SNY7soEsUEjb6gQ==";
constexpr std::string_view kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view kServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

std::string rfc_nonce() { return "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"; }

catalog::Credentials find(const std::string& user) {
  if (user != "user" && user != "a,b=c") return catalog::made_up_credentials("secret", user, 4096);
  const Bytes salt = *base64_decode(kSalt);
  const Bytes salted = pbkdf2_hmac_sha256("pencil", salt, 4096);
  catalog::Credentials out;
  out.salt = salt;
  out.iterations = 4096;
  out.stored_key = sha256(hmac_sha256(salted, "Client Key"));
  out.server_key = hmac_sha256(salted, "Server Key");
  out.empty_password = false;
  return out;
}

TEST(Scram, TheExampleOfRfc7677) {
  ScramServer scram(find, rfc_nonce);
  EXPECT_EQ(scram.first(kClientFirst), kServerFirst);
  EXPECT_EQ(scram.user(), "user");
  EXPECT_EQ(scram.credentials(), find("user"));
  ASSERT_TRUE(scram.proof(kClientFinal).has_value());
  EXPECT_TRUE(scram.proof_fits());
  EXPECT_EQ(scram.last(), kServerFinal);
}

TEST(Scram, AWrongProofDoesNotFit) {
  for (const std::string_view proof :
       {"AAAiAzkKvCMNyaQ5bUF/2scASJXDP0fzVNz3wWeeFOg=", "AAAA", "", "%%%"}) {
    ScramServer scram(find, rfc_nonce);
    ASSERT_TRUE(scram.first(kClientFirst).has_value());
    const std::string final_message =
        std::string(kClientFinal.substr(0, kClientFinal.find(",p=") + 3)) + std::string(proof);
    ASSERT_TRUE(scram.proof(final_message).has_value()) << proof;
    EXPECT_FALSE(scram.proof_fits()) << proof;
  }
}

// Who exists is not given away: the salt is always the same, and the end is that of a wrong
// password.
TEST(Scram, UnknownUsersGoTheSameWay) {
  for (int i = 0; i < 2; ++i) {
    ScramServer scram(find, rfc_nonce);
    const auto server_first = scram.first("n,,n=nobody,r=abc");
    EXPECT_EQ(server_first,
              "r=abc" + rfc_nonce() + ",s=" + base64_encode(find("nobody").salt) + ",i=4096");
    ASSERT_TRUE(
        scram
            .proof(client_final("n,,n=nobody,r=abc", *server_first, "n,,", "", scram.credentials()))
            .has_value());
    EXPECT_FALSE(scram.proof_fits());
  }
}

TEST(Scram, ProblemsOfTheFirstMessage) {
  const auto problem = [](std::string_view text) {
    ScramServer scram(find, rfc_nonce);
    const auto answer = scram.first(text);
    EXPECT_FALSE(answer.has_value()) << text;
    return answer.has_value() ? std::nullopt : std::optional(answer.error());
  };
  EXPECT_EQ(problem("y,,n=u,r=x"), Problem::channel_binding);
  EXPECT_EQ(problem("p=tls-unique,,n=u,r=x"), Problem::channel_binding);
  EXPECT_EQ(problem(""), Problem::encoding);
  EXPECT_EQ(problem("x,,n=u,r=x"), Problem::encoding);
  EXPECT_EQ(problem("n,"), Problem::encoding);
  EXPECT_EQ(problem("n,,"), Problem::encoding);
  EXPECT_EQ(problem("n,,n=u"), Problem::encoding);
  EXPECT_EQ(problem("n,,r=x"), Problem::encoding);
  EXPECT_EQ(problem("n,,n=u,r=x,r=y"), Problem::encoding);
  EXPECT_EQ(problem("n,,n=u,r=x,z=1"), Problem::encoding);
  EXPECT_EQ(problem("n,,n=u,,r=x"), Problem::encoding);
  EXPECT_EQ(problem("n,,m=1,n=u,r=x"), Problem::extension);
  EXPECT_EQ(problem("n,,n=,r=x"), Problem::empty_user);
  EXPECT_EQ(problem("n,,n=a=2,r=x"), Problem::user);
  EXPECT_EQ(problem("n,,n=a=2c,r=x"), Problem::user);
}

TEST(Scram, ProblemsOfTheLastMessage) {
  const auto problem = [](std::string_view text) {
    ScramServer scram(find, rfc_nonce);
    EXPECT_TRUE(scram.first(kClientFirst).has_value());
    const auto answer = scram.proof(text);
    EXPECT_FALSE(answer.has_value()) << text;
    return answer.has_value() ? std::nullopt : std::optional(answer.error());
  };
  const std::string nonce = "rOprNGfwEbeRWgbNEkqO" + rfc_nonce();
  EXPECT_EQ(problem(""), Problem::encoding);
  EXPECT_EQ(problem("c=biws"), Problem::encoding);
  EXPECT_EQ(problem("c=biws,r=" + nonce), Problem::encoding);
  EXPECT_EQ(problem("c=biws,r=" + nonce + ",p=AA,q=1"), Problem::encoding);
  EXPECT_EQ(problem("c=biws,r=" + nonce + ",p=AA,p=AA"), Problem::encoding);
  EXPECT_EQ(problem("c=eSws,r=" + nonce + ",p=AA"), Problem::channel_binding);  // y,,
  EXPECT_EQ(problem("c=%%,r=" + nonce + ",p=AA"), Problem::channel_binding);
  EXPECT_EQ(problem("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=AA"), Problem::nonce);
  EXPECT_EQ(problem("c=biws,r=" + nonce + "x,p=AA"), Problem::nonce);
}

// RFC 5802 section 5.1: `c` is the header that the client sent, all of it. Somebody in the middle
// could change it unseen otherwise.
TEST(Scram, TheHeaderIsRepeatedAsItWasSent) {
  constexpr std::string_view kHeader = "n,a=other,";
  constexpr std::string_view kFirst = "n,a=other,n=user,r=abc";
  const auto answer = [&](std::string_view repeated) {
    ScramServer scram(find, rfc_nonce);
    const auto server_first = scram.first(kFirst);
    std::string message = client_final(kFirst, *server_first, kHeader, "pencil", find("user"));
    message.replace(2, message.find(",r=") - 2, base64_encode(repeated));
    const auto checked = scram.proof(message);
    if (checked) EXPECT_TRUE(scram.proof_fits());
    return checked;
  };
  EXPECT_TRUE(answer(kHeader).has_value());
  EXPECT_EQ(answer("n,,"), std::unexpected(Problem::channel_binding));
  EXPECT_EQ(answer("n,a=another,"), std::unexpected(Problem::channel_binding));
}

TEST(Scram, NamesMayHoldCommasAndEqualsSigns) {
  ScramServer scram(find, rfc_nonce);
  constexpr std::string_view kFirst = "n,,n=a=2Cb=3Dc,r=x";
  const auto server_first = scram.first(kFirst);
  ASSERT_TRUE(server_first.has_value());
  EXPECT_EQ(scram.user(), "a,b=c");
  ASSERT_TRUE(
      scram.proof(client_final(kFirst, *server_first, "n,,", "pencil", find("user"))).has_value());
  EXPECT_TRUE(scram.proof_fits());
}

TEST(Scram, NoncesDiffer) {
  const std::string one = random_scram_nonce();
  EXPECT_EQ(one.size(), 24U);
  EXPECT_EQ(one.find(','), std::string::npos);
  EXPECT_NE(one, random_scram_nonce());
}

}  // namespace
}  // namespace octavo::protocol
