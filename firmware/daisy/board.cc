#include "firmware/daisy/board.h"

#include "firmware/daisy/gpio.h"
#include "firmware/daisy/wait.h"

namespace tombola {

Board DetectBoard() {
  constexpr Pin kStrapWm8731 = {'D', 3, -1, true};
  constexpr Pin kStrapPcm3060 = {'D', 4, -1, true};
  MakeInput(kStrapWm8731, Pull::kUp);
  MakeInput(kStrapPcm3060, Pull::kUp);
  // 40 kOhm lift the pin's and the track's 10 pF within a microsecond.
  DelayMicroseconds(10);
  if (!Read(kStrapWm8731)) return Board::kWm8731;
  if (!Read(kStrapPcm3060)) return Board::kPcm3060;
  return Board::kAk4556;
}

}  // namespace tombola
