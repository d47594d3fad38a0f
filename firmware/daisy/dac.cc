#include "firmware/daisy/dac.h"

#include "firmware/daisy/gpio.h"
#include "firmware/daisy/registers.h"

namespace tombola {

// DS12556: DAC1_OUT1 is on PA4, nowhere else.
static_assert(kCvOutPin[0].port == 'A' && kCvOutPin[0].number == 4);

void InitDac() {
  MakeAnalog(kCvOutPin[0]);
  rcc().apb1lenr |= kRccApb1lDac12;
  (void)rcc().apb1lenr;
  // Mode 2: to the pin without the buffer, which ends 0.2 V before both rails.
  // What follows it on the board needs no more current than that.
  dac1().mcr = 2;
  dac1().cr = kDacCrEn1;
  WriteDac(2048);
}

void WriteDac(uint16_t word) { dac1().dhr12r1 = word; }

}  // namespace tombola
