// GET_INTERSECTING and GET_NEAREST: what they make of the rows that an index finds.

#include <gtest/gtest.h>

#include "dialect/reql/testing/workbench.h"

namespace octavo::reql {
namespace {

class GeoIndexTerms : public ::testing::Test {
 protected:
  GeoIndexTerms() {
    bench_.make_table("t", R"([{"id":1},{"id":2},{"id":3},{"id":4,"g":5}])");
    expect(R"((update (get (table "t") 1) (object :g (point 0 0))))", R"("replaced":1)");
    expect(R"((update (get (table "t") 2) (object :g (point 0.001 0))))", R"("replaced":1)");
    // Lines are computed, and not to be relied on to the last digit.
    expect(R"((update (get (table "t") 3)
                      (object :g (line [0.5,-1] [0.5,1])
                              :m (array (point 0 0) (point 1 1) (point 9 9)))
                      :non_atomic true))",
           R"("replaced":1)");
    bench_.run(R"((index_create (table "t") "g" :geo true))");
    bench_.run(R"((index_create (table "t") "m" :geo true :multi true))");
    bench_.host().finish_index_builds();
  }
  // What each statement of the set-up gave, when it went wrong.
  void expect(std::string_view text, std::string_view part) {
    const std::string result = bench_.run(text);
    EXPECT_NE(result.find(part), std::string::npos) << result;
  }
  std::string run(std::string_view text) { return bench_.run(text); }
  std::string ids(const std::string& text) { return run("(get_field " + text + " \"id\")"); }
  Workbench bench_;
};

constexpr const char* kSquare = "(polygon [-0.1,-0.1] [0.1,-0.1] [0.1,0.1] [-0.1,0.1])";

TEST_F(GeoIndexTerms, Intersecting) {
  EXPECT_EQ(ids(std::string(R"((get_intersecting (table "t") )") + kSquare + R"( :index "g"))"),
            "[1,2]");
  EXPECT_EQ(ids(R"((get_intersecting (table "t") (line [0,0] [1,0]) :index "g"))"), "[1,2,3]");
  EXPECT_EQ(ids(R"((get_intersecting (table "t") (point 7 7) :index "g"))"), "[]");
}

TEST_F(GeoIndexTerms, AMultiIndexGivesARowForEachGeometry) {
  EXPECT_EQ(ids(R"((get_intersecting (table "t") (circle [0.5,0.5] 200000) :index "m"))"), "[3,3]");
}

TEST_F(GeoIndexTerms, Nearest) {
  const auto nearest = [this](const std::string& options) {
    return run(R"((map (get_nearest (table "t") (point 0 0) :index "g" )" + options +
               R"() (lambda (v1) (array (get_field (get_field v1 "doc") "id")
                                        (floor (get_field v1 "dist"))))))");
  };
  EXPECT_EQ(nearest(""), "[[1,0],[2,111],[3,55659]]");
  EXPECT_EQ(nearest(":max_results 2"), "[[1,0],[2,111]]");
  EXPECT_EQ(nearest(":max_dist 112"), "[[1,0],[2,111]]");
  EXPECT_EQ(nearest(":max_dist 60 :unit \"km\""), "[[1,0],[2,0],[3,55]]");
  // Wider than any circle can be drawn.
  EXPECT_EQ(nearest(":max_dist 30000000"), "[[1,0],[2,111],[3,55659]]");
}

TEST_F(GeoIndexTerms, IndexesAreChecked) {
  bench_.run(R"((index_create (table "t") "plain"))");
  bench_.host().finish_index_builds();
  EXPECT_EQ(run(R"((get_intersecting (table "t") (point 0 0)))"),
            "QUERY_LOGIC get_intersecting requires an index argument.");
  EXPECT_EQ(run(R"((get_nearest (table "t") (point 0 0) :index "id"))"),
            "QUERY_LOGIC get_nearest cannot use the primary index.");
  EXPECT_EQ(run(R"((get_nearest (table "t") (point 0 0) :index "plain"))"),
            "QUERY_LOGIC Index `plain` is not a geospatial index.  get_nearest can only be used "
            "with a geospatial index.");
  EXPECT_EQ(run(R"((get_all (table "t") 1 :index "g"))"),
            "QUERY_LOGIC Index `g` is a geospatial index.  Only get_nearest and get_intersecting "
            "can use a geospatial index.");
  EXPECT_EQ(run(R"((get_intersecting (table "t") 1 :index "g"))"),
            "QUERY_LOGIC Expected type PTYPE<GEOMETRY> but found NUMBER. [1]");
}

}  // namespace
}  // namespace octavo::reql
