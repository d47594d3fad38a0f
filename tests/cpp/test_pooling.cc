// Windows and means with extreme fields, under a right checksum, on extreme
// activations: what the loader lets through has to be defined.
#include <doctest/doctest.h>

#include "firmware/core/nn/kernels_pooling.h"
#include "tests/cpp/operator_ticket.h"

namespace tombola {
namespace {

PoolSide Side(Extremes* extremes, uint16_t size) {
  PoolSide side = {size, extremes->Pick<uint16_t>({1, 1, 2, 2, 4, 8}),
                   extremes->Pick<uint16_t>({1, 2, 3, 8, 0xFFFF}),
                   extremes->Pick<uint16_t>({1, 1, 2, 3}),
                   extremes->Pick<uint16_t>({0, 0, 0, 1, 2})};
  if (extremes->OneIn(16)) side.stride = extremes->Pick<uint16_t>({0, 0xFFFF});
  if (extremes->OneIn(16)) side.padding = 0xFFFF;
  if (extremes->OneIn(16)) side.input = extremes->Pick<uint16_t>({0, 0xFFFF});
  return side;
}

Image Pool(Extremes* extremes) {
  const auto height = extremes->Pick<uint16_t>({1, 2, 4});
  const auto channels = extremes->Pick<uint16_t>({1, 2});
  const auto width = static_cast<uint16_t>(kCount / height / channels);
  const bool upside_down = extremes->OneIn(16);
  return Body(PoolRecord{extremes->Tensor(), 2, Side(extremes, height),
                         Side(extremes, width), channels,
                         static_cast<int16_t>(upside_down ? 1 : -32768),
                         static_cast<int16_t>(upside_down ? 0 : 32767), 0});
}

Image Mean(Extremes* extremes) {
  const auto axis = [&] {
    return extremes->OneIn(16)
               ? MeanAxis{extremes->Pick<uint16_t>({0, 1, 0xFFFF}),
                          extremes->Pick<uint16_t>({1, 0xFFFF})}
               : MeanAxis{extremes->Pick<uint16_t>({1, 1, 2, 4, 8}),
                          extremes->Pick<uint16_t>({0, 0, 1, 2})};
  };
  return Body(MeanRecord{extremes->Tensor(),
                         2,
                         {axis(), axis()},
                         {axis(), axis()},
                         0,
                         extremes->Factor()});
}

TEST_CASE("windows and means of extreme fields are refused or defined") {
  constexpr TestTensors kAllInt8 = {{kInt8, -128}, {kInt8, 127}, {kInt8, 3}};
  Extremes extremes;
  for (const uint16_t kind : {kAveragePool, kMaxPool, kMean}) {
    int refused = 0, sound = 0;
    for (int round = 0; round < 20000; ++round) {
      const Image body = kind == kMean ? Mean(&extremes) : Pool(&extremes);
      const auto& tensors = round % 2 == 0 ? kAllInt16 : kAllInt8;
      const bool ran = !Run(kind, body, round % 4 < 2, tensors).empty();
      ++(ran ? sound : refused);
    }
    CAPTURE(kind);
    CHECK(refused > 1000);
    CHECK(sound > 100);
  }
}

}  // namespace
}  // namespace tombola
