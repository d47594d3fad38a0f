// The operators that a firmware for any ticket has, one line a kind. A list of
// fewer can stand in its place (operators.cc).

OPERATOR(kDense, kDenseFunctions)
OPERATOR(kAdd, kAddFunctions)
OPERATOR(kAddShifted, kAddShiftedFunctions)
OPERATOR(kMultiply, kMultiplyFunctions)
OPERATOR(kLogistic, kLogisticFunctions)
OPERATOR(kTanh, kTanhFunctions)
OPERATOR(kRescale, kRescaleFunctions)
OPERATOR(kCopy, kCopyFunctions)
OPERATOR(kFill, kFillFunctions)
OPERATOR(kConstant, kConstantFunctions)
OPERATOR(kConvolution8, kConvolution8Functions)
OPERATOR(kConvolution16, kConvolution16Functions)
OPERATOR(kConvolution16Twice, kConvolution16TwiceFunctions)
OPERATOR(kAveragePool, kAveragePoolFunctions)
OPERATOR(kMaxPool, kMaxPoolFunctions)
OPERATOR(kMean, kMeanFunctions)
