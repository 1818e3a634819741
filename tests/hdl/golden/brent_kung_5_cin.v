// Prefix circuit adder-cin
// width: 5 bits
// size: 5 prefix nodes
// depth: 3 levels
// max fan-out: 2 prefix nodes
// digest: e7a6e355f849b874

module add5
(
  input [4:0] a,
  input [4:0] b,
  input cin,
  output [4:0] sum
);

  // Single bits
  wire x_0;
  wire x_1;
  wire x_2;
  wire x_3;
  wire x_4;
  wire p_0_0;
  wire k_0;
  wire p_1_1;
  wire g_1_1;
  wire p_2_2;
  wire g_2_2;
  wire p_3_3;
  wire g_3_3;
  wire g_0_0;
  assign x_0 = a[0] ^ b[0];
  assign x_1 = a[1] ^ b[1];
  assign x_2 = a[2] ^ b[2];
  assign x_3 = a[3] ^ b[3];
  assign x_4 = a[4] ^ b[4];
  assign p_0_0 = a[0] | b[0];
  assign k_0 = a[0] & b[0];
  assign p_1_1 = a[1] | b[1];
  assign g_1_1 = a[1] & b[1];
  assign p_2_2 = a[2] | b[2];
  assign g_2_2 = a[2] & b[2];
  assign p_3_3 = a[3] | b[3];
  assign g_3_3 = a[3] & b[3];
  assign g_0_0 = k_0 | p_0_0 & cin;

  // Prefix level 1
  wire g_1_0;
  wire g_3_2;
  wire p_3_2;
  assign g_1_0 = g_1_1 | p_1_1 & g_0_0;
  assign g_3_2 = g_3_3 | p_3_3 & g_2_2;
  assign p_3_2 = p_3_3 & p_2_2;

  // Prefix level 2
  wire g_2_0;
  wire g_3_0;
  assign g_2_0 = g_2_2 | p_2_2 & g_1_0;
  assign g_3_0 = g_3_2 | p_3_2 & g_1_0;

  // Results
  wire s_0;
  wire s_1;
  wire s_2;
  wire s_3;
  wire s_4;
  assign s_0 = x_0 ^ cin;
  assign s_1 = x_1 ^ g_0_0;
  assign s_2 = x_2 ^ g_1_0;
  assign s_3 = x_3 ^ g_2_0;
  assign s_4 = x_4 ^ g_3_0;

  // Outputs
  assign sum[0] = s_0;
  assign sum[1] = s_1;
  assign sum[2] = s_2;
  assign sum[3] = s_3;
  assign sum[4] = s_4;

endmodule
