#include "geometry/geodesic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace octavo::geometry {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kDegree = kPi / 180.0;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
// Keeps cosines of reduced latitudes away from zero, so that poles need no case of their own.
const double kTiny = std::sqrt(std::numeric_limits<double>::min());
constexpr int kOrder = 6;

using Coefficients = std::array<double, kOrder + 1>;  // [1 … 6]

double square(double x) { return x * x; }

// An angle by its sine and cosine.
struct Direction {
  double sine = 0.0;
  double cosine = 1.0;
};
Direction normalized(double sine, double cosine) {
  // Both are of order one: no need for the care (and the other rounding) of std::hypot.
  const double length = std::sqrt(sine * sine + cosine * cosine);
  return {sine / length, cosine / length};
}
// Multiples of 90° come out exactly.
Direction direction_of(double degrees) {
  const double sine = std::fabs(degrees) == 180.0 ? 0.0 : std::sin(degrees * kDegree);
  const double cosine = std::fabs(degrees) == 90.0 ? 0.0 : std::cos(degrees * kDegree);
  return {sine, cosine};
}

// Σ c[i] sin(2iσ), by Clenshaw's summation.
double sine_series(const Coefficients& c, const Direction& sigma) {
  const double factor = 2.0 * (sigma.cosine - sigma.sine) * (sigma.cosine + sigma.sine);
  double next = 0.0;
  double after = 0.0;
  for (int i = kOrder; i >= 1; --i) {
    const double current = factor * next - after + c[static_cast<std::size_t>(i)];
    after = next;
    next = current;
  }
  return 2.0 * sigma.sine * sigma.cosine * next;
}

// (17) minus one
double a1_minus_1(double e) {
  const double e2 = e * e;
  const double t = e2 * (e2 * (e2 + 4.0) + 64.0) / 256.0;
  return (t + e) / (1.0 - e);
}
// (42) minus one
double a2_minus_1(double e) {
  const double e2 = e * e;
  const double t = e2 * (e2 * (25.0 * e2 + 36.0) + 64.0) / 256.0;
  return t * (1.0 - e) - e;
}
// (18)
Coefficients c1_series(double e) {
  const double e2 = e * e;
  Coefficients c{};
  double d = e;
  c[1] = d * ((6.0 - e2) * e2 - 16.0) / 32.0;
  d *= e;
  c[2] = d * ((64.0 - 9.0 * e2) * e2 - 128.0) / 2048.0;
  d *= e;
  c[3] = d * (9.0 * e2 - 16.0) / 768.0;
  d *= e;
  c[4] = d * (3.0 * e2 - 5.0) / 512.0;
  d *= e;
  c[5] = -7.0 * d / 1280.0;
  d *= e;
  c[6] = -7.0 * d / 2048.0;
  return c;
}
// (21)
Coefficients c1_reverted(double e) {
  const double e2 = e * e;
  Coefficients c{};
  double d = e;
  c[1] = d * (e2 * (205.0 * e2 - 432.0) + 768.0) / 1536.0;
  d *= e;
  c[2] = d * (e2 * (4005.0 * e2 - 4736.0) + 3840.0) / 12288.0;
  d *= e;
  c[3] = d * (116.0 - 225.0 * e2) / 384.0;
  d *= e;
  c[4] = d * (2695.0 - 7173.0 * e2) / 7680.0;
  d *= e;
  c[5] = 3467.0 * d / 7680.0;
  d *= e;
  c[6] = 38081.0 * d / 61440.0;
  return c;
}
// (43)
Coefficients c2_series(double e) {
  const double e2 = e * e;
  Coefficients c{};
  double d = e;
  c[1] = d * (e2 * (e2 + 2.0) + 16.0) / 32.0;
  d *= e;
  c[2] = d * (e2 * (35.0 * e2 + 64.0) + 384.0) / 2048.0;
  d *= e;
  c[3] = d * (15.0 * e2 + 80.0) / 768.0;
  d *= e;
  c[4] = d * (7.0 * e2 + 35.0) / 512.0;
  d *= e;
  c[5] = 63.0 * d / 1280.0;
  d *= e;
  c[6] = 77.0 * d / 2048.0;
  return c;
}

// What depends on the ellipsoid alone.
struct Model {
  explicit Model(const Ellipsoid& ellipsoid)
      : f(ellipsoid.flattening),
        f1(1.0 - f),
        ep2(f * (2.0 - f) / square(f1)),
        n(f / (2.0 - f)),
        a(ellipsoid.equatorial_radius),
        b(a * f1) {}

  // (24)
  double a3(double e) const {
    const double n2 = n * n;
    return 1.0 -
           e * ((0.5 - n / 2.0) + e * ((0.25 + n / 8.0 - 0.375 * n2) +
                                       e * ((1.0 / 16.0 + 3.0 / 16.0 * n + n2 / 16.0) +
                                            e * ((3.0 / 64.0 + n / 32.0) + e * (3.0 / 128.0)))));
  }
  // (25)
  Coefficients c3(double e) const {
    const double n2 = n * n;
    Coefficients c{};
    double d = e;
    c[1] = d * ((0.25 - n / 4.0) + e * ((0.125 - n2 / 8.0) +
                                        e * ((3.0 / 64.0 + 3.0 / 64.0 * n - n2 / 64.0) +
                                             e * ((5.0 / 128.0 + n / 64.0) + e * (3.0 / 128.0)))));
    d *= e;
    c[2] = d * ((1.0 / 16.0 - 3.0 / 32.0 * n + n2 / 32.0) +
                e * ((3.0 / 64.0 - n / 32.0 - 3.0 / 64.0 * n2) +
                     e * ((3.0 / 128.0 + n / 128.0) + e * (5.0 / 256.0))));
    d *= e;
    c[3] = d * ((5.0 / 192.0 - 3.0 / 64.0 * n + 5.0 / 192.0 * n2) +
                e * ((3.0 / 128.0 - 5.0 / 192.0 * n) + e * (7.0 / 512.0)));
    d *= e;
    c[4] = d * ((7.0 / 512.0 - 7.0 / 256.0 * n) + e * (7.0 / 512.0));
    d *= e;
    c[5] = d * (21.0 / 2560.0);
    return c;
  }
  // The expansion parameter of a geodesic that crosses the equator at azimuth α0, (16).
  double epsilon(double cos_alpha0) const {
    const double k2 = square(cos_alpha0) * ep2;
    return k2 / (2.0 * (1.0 + std::sqrt(1.0 + k2)) + k2);
  }
  // The reduced latitude, (6).
  Direction reduced(double latitude_degrees) const {
    const Direction phi = direction_of(latitude_degrees);
    const Direction beta = normalized(f1 * phi.sine, phi.cosine);
    return {beta.sine, std::max(kTiny, beta.cosine)};
  }

  double f;
  double f1;
  double ep2;
  double n;
  double a;
  double b;
};

double normalize_longitude(double degrees) {
  const double wrapped = std::remainder(degrees, 360.0);
  return wrapped == -180.0 ? 180.0 : wrapped;
}

// --- the inverse problem, with point 1 in the south and not nearer to the equator than point 2 ---

// A piece of a geodesic: its ends on the auxiliary sphere.
struct Arc {
  Direction sigma1;
  Direction sigma2;
  double length = 0.0;  // σ12
};

double arc_length(const Direction& from, const Direction& to) {
  const double sine = from.cosine * to.sine - from.sine * to.cosine;
  // Not std::max: a negative zero would turn half a circle into minus half a circle.
  return std::atan2(sine > 0.0 ? sine : 0.0, from.cosine * to.cosine + from.sine * to.sine);
}

// Distance (7) and reduced length (38), both divided by the polar radius.
struct Lengths {
  double distance = 0.0;
  double reduced = 0.0;
};

class Inverse {
 public:
  Inverse(const Model& model, double latitude1, double latitude2, double longitude12)
      : model_(model),
        beta1_(model.reduced(latitude1)),
        beta2_(model.reduced(latitude2)),
        lambda12_(longitude12 * kDegree) {
    // Equal latitudes must give equal reduced latitudes to the last bit.
    if (beta1_.cosine < -beta1_.sine) {
      if (beta2_.cosine == beta1_.cosine) {
        beta2_.sine = beta2_.sine < 0 ? beta1_.sine : -beta1_.sine;
      }
    } else if (std::fabs(beta2_.sine) == -beta1_.sine) {
      beta2_.cosine = beta1_.cosine;
    }
    dn1_ = std::sqrt(1.0 + model.ep2 * square(beta1_.sine));
    dn2_ = std::sqrt(1.0 + model.ep2 * square(beta2_.sine));
    lambda_ = {longitude12 == 180.0 ? 0.0 : std::sin(lambda12_), std::cos(lambda12_)};
    on_meridian_ = latitude1 == -90.0 || lambda_.sine == 0.0;
  }

  double distance() const {
    if (on_meridian_) {
      const Arc arc = meridian();
      const Lengths lengths = lengths_of(arc, model_.epsilon(1.0));
      // Beyond a conjugate point the meridian is a geodesic, but not the shortest.
      if (arc.length < 1.0 || lengths.reduced >= 0.0) return lengths.distance * model_.b;
    }
    if (beta1_.sine == 0.0 && lambda12_ <= kPi - model_.f * kPi) return model_.a * lambda12_;
    return solve();
  }

 private:
  Arc meridian() const {
    Arc arc{{beta1_.sine, lambda_.cosine * beta1_.cosine}, {beta2_.sine, beta2_.cosine}, 0.0};
    arc.length = arc_length(arc.sigma1, arc.sigma2);
    return arc;
  }

  Lengths lengths_of(const Arc& arc, double e) const {
    const double a1 = a1_minus_1(e);
    const double a2 = a2_minus_1(e);
    const Coefficients c1 = c1_series(e);
    const Coefficients c2 = c2_series(e);
    const double b1 = (1.0 + a1) * (sine_series(c1, arc.sigma2) - sine_series(c1, arc.sigma1));
    const double b2 = (1.0 + a2) * (sine_series(c2, arc.sigma2) - sine_series(c2, arc.sigma1));
    const double j12 = (a1 - a2) * arc.length + (b1 - b2);
    return {(1.0 + a1) * arc.length + b1, dn2_ * (arc.sigma1.cosine * arc.sigma2.sine) -
                                              dn1_ * (arc.sigma1.sine * arc.sigma2.cosine) -
                                              arc.sigma1.cosine * arc.sigma2.cosine * j12};
  }

  struct Trial {
    double longitude = 0.0;   // λ12 where the geodesic meets the latitude of point 2
    double derivative = 0.0;  // of it by α1
    Lengths lengths;
  };

  // The geodesic that leaves point 1 at azimuth α1, followed to the latitude of point 2 (fig. 3).
  Trial shoot(Direction alpha1) const {
    if (beta1_.sine == 0.0 && alpha1.cosine == 0.0) alpha1.cosine = -kTiny;
    const double sin_alpha0 = alpha1.sine * beta1_.cosine;
    const double cos_alpha0 = std::hypot(alpha1.cosine, alpha1.sine * beta1_.sine);
    const double cos1 = alpha1.cosine * beta1_.cosine;
    const double cos2 = cos_alpha2(alpha1) * beta2_.cosine;
    const Direction omega1{sin_alpha0 * beta1_.sine, cos1};
    const Direction omega2{sin_alpha0 * beta2_.sine, cos2};
    Arc arc{normalized(beta1_.sine, cos1), normalized(beta2_.sine, cos2), 0.0};
    arc.length = arc_length(arc.sigma1, arc.sigma2);
    const double omega12 = arc_length(omega1, omega2);

    const double e = model_.epsilon(cos_alpha0);
    const Coefficients c3 = model_.c3(e);
    const double b3 = sine_series(c3, arc.sigma2) - sine_series(c3, arc.sigma1);
    Trial trial;
    trial.longitude = omega12 - model_.f * model_.a3(e) * sin_alpha0 * (arc.length + b3);  // (8)
    trial.lengths = lengths_of(arc, e);
    trial.derivative = cos2 == 0.0 ? -2.0 * model_.f1 * dn1_ / beta1_.sine
                                   : trial.lengths.reduced * model_.f1 / cos2;  // (46)
    return trial;
  }

  double cos_alpha2(const Direction& alpha1) const {  // (45)
    if (beta2_.cosine == beta1_.cosine && std::fabs(beta2_.sine) == -beta1_.sine) {
      return std::fabs(alpha1.cosine);
    }
    const double difference =
        beta1_.cosine < -beta1_.sine
            ? (beta2_.cosine - beta1_.cosine) * (beta1_.cosine + beta2_.cosine)
            : (beta1_.sine - beta2_.sine) * (beta1_.sine + beta2_.sine);
    return std::sqrt(square(alpha1.cosine * beta1_.cosine) + difference) / beta2_.cosine;
  }

  // On a sphere, towards a point ω12 to the east: sine and cosine of the azimuth, both times the
  // sine of the arc between the points, (49).
  Direction spherical_azimuth(const Direction& omega) const {
    const double product = beta2_.cosine * beta1_.sine * square(omega.sine);
    if (omega.cosine >= 0.0) {
      const double sine = beta2_.sine * beta1_.cosine - beta2_.cosine * beta1_.sine;
      return {beta2_.cosine * omega.sine, sine + product / (1.0 + omega.cosine)};
    }
    const double sine = beta2_.sine * beta1_.cosine + beta2_.cosine * beta1_.sine;
    return {beta2_.cosine * omega.sine, sine - product / (1.0 - omega.cosine)};
  }

  // Near enough for a sphere that touches the ellipsoid around the mean latitude, (48).
  bool is_near() const {
    const double sine = beta2_.sine * beta1_.cosine - beta2_.cosine * beta1_.sine;
    const double cosine = beta2_.cosine * beta1_.cosine + beta2_.sine * beta1_.sine;
    return cosine >= 0.0 && sine < 0.5 && beta2_.cosine * lambda12_ < 0.5;
  }
  // The radius of that sphere, as a multiple of the equatorial radius.
  double mean_radius() const {
    const double sine_squared = square(beta1_.sine + beta2_.sine);
    const double mean = sine_squared / (sine_squared + square(beta1_.cosine + beta2_.cosine));
    return model_.f1 * std::sqrt(1.0 + model_.ep2 * mean);
  }

  // Newton's method on λ12(α1), which grows with α1 and has one root: steps that leave the bracket
  // are replaced by its middle, so nearly antipodal points converge as well.
  double solve() const {
    Direction omega = lambda_;
    const bool near = is_near();
    if (near) {
      const double omega12 = lambda12_ / mean_radius();
      omega = {std::sin(omega12), std::cos(omega12)};
    }
    Direction alpha = spherical_azimuth(omega);
    const double arc = std::hypot(alpha.sine, alpha.cosine);
    // Newton's method would divide one rounding error by another here.
    constexpr double kVeryShort = 1e-8;
    if (near && arc < kVeryShort) return arc * mean_radius() * model_.a;

    alpha = normalized(std::max(alpha.sine, kTiny), alpha.cosine);
    Direction low{kTiny, 1.0};
    Direction high{kTiny, -1.0};
    Trial trial;
    constexpr int kMaxSteps = 100;  // some five are usual; halving alone takes about sixty
    for (int i = 0; i < kMaxSteps; ++i) {
      trial = shoot(alpha);
      const double error = trial.longitude - lambda12_;
      if (std::fabs(error) <= kEpsilon) break;
      (error > 0.0 ? high : low) = alpha;
      const Direction next = newton_step(alpha, -error / trial.derivative, low, high);
      if (next.sine == alpha.sine && next.cosine == alpha.cosine) break;
      alpha = next;
    }
    return trial.lengths.distance * model_.b;
  }

  static Direction newton_step(const Direction& alpha, double step, const Direction& low,
                               const Direction& high) {
    if (std::isfinite(step) && std::fabs(step) < kPi) {
      const Direction turn{std::sin(step), std::cos(step)};
      const double sine = alpha.sine * turn.cosine + alpha.cosine * turn.sine;
      const double cosine = alpha.cosine * turn.cosine - alpha.sine * turn.sine;
      const bool inside = sine > 0.0 && cosine * low.sine <= low.cosine * sine &&
                          cosine * high.sine >= high.cosine * sine;
      if (inside) return normalized(sine, cosine);
    }
    return normalized((low.sine + high.sine) / 2.0, (low.cosine + high.cosine) / 2.0);
  }

  const Model& model_;
  Direction beta1_;
  Direction beta2_;
  double lambda12_;
  Direction lambda_;
  double dn1_ = 1.0;
  double dn2_ = 1.0;
  bool on_meridian_ = false;
};

}  // namespace

double geodesic_distance(const Ellipsoid& ellipsoid, const Position& from, const Position& to) {
  const Model model(ellipsoid);
  double latitude1 = from.latitude;
  double latitude2 = to.latitude;
  const double longitude12 = std::fabs(normalize_longitude(to.longitude - from.longitude));
  // Distances do not change when points are swapped or mirrored.
  if (std::fabs(latitude1) < std::fabs(latitude2)) std::swap(latitude1, latitude2);
  if (latitude1 > 0.0) {
    latitude1 = -latitude1;
    latitude2 = -latitude2;
  }
  if (latitude1 == latitude2 && longitude12 == 0.0) return 0.0;
  return Inverse(model, latitude1, latitude2, longitude12).distance();
}

Position geodesic_destination(const Ellipsoid& ellipsoid, const Position& start, double azimuth,
                              double distance) {
  const Model model(ellipsoid);
  const Direction beta1 = model.reduced(start.latitude);
  const Direction alpha1 = direction_of(azimuth);
  const double sin_alpha0 = alpha1.sine * beta1.cosine;  // (5)
  const double cos_alpha0 = std::hypot(alpha1.cosine, alpha1.sine * beta1.sine);
  const bool from_equator = beta1.sine == 0.0 && alpha1.cosine == 0.0;
  const double cos1 = from_equator ? 1.0 : beta1.cosine * alpha1.cosine;
  const Direction sigma1 = normalized(beta1.sine, cos1);  // (11)
  const double e = model.epsilon(cos_alpha0);

  // From distance to arc, by the reverted series (20) as a difference from the start.
  const double a1 = 1.0 + a1_minus_1(e);
  const Coefficients c1 = c1_series(e);
  const double b1 = sine_series(c1, sigma1);
  const Direction tau1{sigma1.sine * std::cos(b1) + sigma1.cosine * std::sin(b1),
                       sigma1.cosine * std::cos(b1) - sigma1.sine * std::sin(b1)};
  const double tau12 = distance / (model.b * a1);
  const Direction tau{std::sin(tau12), std::cos(tau12)};
  const Direction tau2{tau1.sine * tau.cosine + tau1.cosine * tau.sine,
                       tau1.cosine * tau.cosine - tau1.sine * tau.sine};
  double sigma12 = tau12 + (sine_series(c1_reverted(e), tau2) + b1);
  // The reverted series is the weakest; one Newton step makes up for it on flat ellipsoids.
  Direction sigma2;
  for (int pass = 0; pass < 2; ++pass) {
    const Direction turn{std::sin(sigma12), std::cos(sigma12)};
    sigma2 = {sigma1.sine * turn.cosine + sigma1.cosine * turn.sine,
              sigma1.cosine * turn.cosine - sigma1.sine * turn.sine};
    if (pass == 1 || model.f <= 0.01) break;
    const double reached = a1 * (sigma12 + (sine_series(c1, sigma2) - b1));
    const double slope = std::sqrt(1.0 + square(cos_alpha0) * model.ep2 * square(sigma2.sine));
    sigma12 -= (reached - distance / model.b) / slope;
  }

  const double sin_beta2 = cos_alpha0 * sigma2.sine;
  double cos_beta2 = std::hypot(sin_alpha0, cos_alpha0 * sigma2.cosine);
  if (cos_beta2 == 0.0) cos_beta2 = kTiny;  // at a pole
  const Direction omega1 =
      from_equator ? Direction{0.0, 1.0} : Direction{sin_alpha0 * beta1.sine, cos1};
  const Direction omega2{sin_alpha0 * sigma2.sine, sigma2.cosine};
  const double omega12 = std::atan2(omega2.sine * omega1.cosine - omega2.cosine * omega1.sine,
                                    omega2.cosine * omega1.cosine + omega2.sine * omega1.sine);
  const Coefficients c3 = model.c3(e);
  const double b3 = sine_series(c3, sigma2) - sine_series(c3, sigma1);
  const double lambda12 = omega12 - model.f * sin_alpha0 * model.a3(e) * (sigma12 + b3);  // (8)
  return {normalize_longitude(start.longitude + lambda12 / kDegree),
          std::atan2(sin_beta2, model.f1 * cos_beta2) / kDegree};
}

}  // namespace octavo::geometry
