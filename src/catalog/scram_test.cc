#include "catalog/scram.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/crypto.h"

namespace octavo::catalog {
namespace {

// The exchange of RFC 7677 section 3.
TEST(Scram, TheExampleOfRfc7677) {
  Credentials credentials;
  credentials.salt = *base64_decode("W22ZaJ0SNY7soEsUEjb6gQ==");
  credentials.iterations = 4096;
  const Bytes salted = pbkdf2_hmac_sha256("pencil", credentials.salt, 4096);
  credentials.stored_key = sha256(hmac_sha256(salted, "Client Key"));
  credentials.server_key = hmac_sha256(salted, "Server Key");
  const std::string nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const std::string auth_message = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=" + nonce +
                                   ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=" + nonce;
  const auto proof = *base64_decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  const auto signature = verify_proof(credentials, auth_message, proof);
  ASSERT_TRUE(signature) << signature.error().what;
  EXPECT_EQ(base64_encode(*signature), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  Bytes wrong = proof;
  wrong[0] = static_cast<char>(wrong[0] ^ 1);
  EXPECT_EQ(verify_proof(credentials, auth_message, wrong).error().code, Code::unauthenticated);
  EXPECT_FALSE(verify_proof(credentials, auth_message, "short"));
}

TEST(Scram, PasswordsAreRecognised) {
  const auto credentials = make_credentials("s3cret", 16);
  EXPECT_TRUE(password_matches(credentials, "s3cret"));
  EXPECT_FALSE(password_matches(credentials, "S3cret"));
  EXPECT_FALSE(credentials.empty_password);
  EXPECT_EQ(make_credentials("").iterations, 1U);
  EXPECT_TRUE(make_credentials("").empty_password);
}

TEST(Scram, MadeUpCredentialsAreThoseOfTheName) {
  const auto nobody = made_up_credentials("secret", "nobody", 4096);
  EXPECT_EQ(nobody, made_up_credentials("secret", "nobody", 4096));
  EXPECT_EQ(nobody.salt.size(), make_credentials("x", 1).salt.size());
  EXPECT_EQ(nobody.iterations, 4096U);
  EXPECT_FALSE(nobody.empty_password);
  EXPECT_NE(nobody.salt, made_up_credentials("secret", "somebody", 4096).salt);
  EXPECT_NE(nobody.salt, made_up_credentials("another secret", "nobody", 4096).salt);
  EXPECT_NE(nobody.stored_key, nobody.server_key);
  EXPECT_FALSE(password_matches(nobody, ""));
  EXPECT_FALSE(verify_proof(nobody, "n=nobody", Bytes(32, '\0')));
}

}  // namespace
}  // namespace octavo::catalog
