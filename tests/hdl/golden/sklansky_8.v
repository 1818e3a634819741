// Prefix circuit adder-cout
// width: 8 bits
// size: 12 prefix nodes
// depth: 3 levels
// max fan-out: 4 prefix nodes
// digest: 72bfd3cd8aca4b2c
// library: generic45
// seed: 7
// licence: Apache-2.0

module adder_8_72bfd3cd8aca4b2c
(
  input [7:0] a,
  input [7:0] b,
  output [7:0] sum,
  output cout
);

  // Single bits
  wire x_0;
  wire x_1;
  wire x_2;
  wire x_3;
  wire x_4;
  wire x_5;
  wire x_6;
  wire x_7;
  wire g_0_0;
  wire p_1_1;
  wire g_1_1;
  wire p_2_2;
  wire g_2_2;
  wire p_3_3;
  wire g_3_3;
  wire p_4_4;
  wire g_4_4;
  wire p_5_5;
  wire g_5_5;
  wire p_6_6;
  wire g_6_6;
  wire p_7_7;
  wire g_7_7;
  assign x_0 = a[0] ^ b[0];
  assign x_1 = a[1] ^ b[1];
  assign x_2 = a[2] ^ b[2];
  assign x_3 = a[3] ^ b[3];
  assign x_4 = a[4] ^ b[4];
  assign x_5 = a[5] ^ b[5];
  assign x_6 = a[6] ^ b[6];
  assign x_7 = a[7] ^ b[7];
  assign g_0_0 = a[0] & b[0];
  assign p_1_1 = a[1] | b[1];
  assign g_1_1 = a[1] & b[1];
  assign p_2_2 = a[2] | b[2];
  assign g_2_2 = a[2] & b[2];
  assign p_3_3 = a[3] | b[3];
  assign g_3_3 = a[3] & b[3];
  assign p_4_4 = a[4] | b[4];
  assign g_4_4 = a[4] & b[4];
  assign p_5_5 = a[5] | b[5];
  assign g_5_5 = a[5] & b[5];
  assign p_6_6 = a[6] | b[6];
  assign g_6_6 = a[6] & b[6];
  assign p_7_7 = a[7] | b[7];
  assign g_7_7 = a[7] & b[7];

  // Prefix level 1
  wire g_1_0;
  wire g_3_2;
  wire p_3_2;
  wire g_5_4;
  wire p_5_4;
  wire g_7_6;
  wire p_7_6;
  assign g_1_0 = g_1_1 | p_1_1 & g_0_0;
  assign g_3_2 = g_3_3 | p_3_3 & g_2_2;
  assign p_3_2 = p_3_3 & p_2_2;
  assign g_5_4 = g_5_5 | p_5_5 & g_4_4;
  assign p_5_4 = p_5_5 & p_4_4;
  assign g_7_6 = g_7_7 | p_7_7 & g_6_6;
  assign p_7_6 = p_7_7 & p_6_6;

  // Prefix level 2
  wire g_2_0;
  wire g_3_0;
  wire g_6_4;
  wire p_6_4;
  wire g_7_4;
  wire p_7_4;
  assign g_2_0 = g_2_2 | p_2_2 & g_1_0;
  assign g_3_0 = g_3_2 | p_3_2 & g_1_0;
  assign g_6_4 = g_6_6 | p_6_6 & g_5_4;
  assign p_6_4 = p_6_6 & p_5_4;
  assign g_7_4 = g_7_6 | p_7_6 & g_5_4;
  assign p_7_4 = p_7_6 & p_5_4;

  // Prefix level 3
  wire g_4_0;
  wire g_5_0;
  wire g_6_0;
  wire g_7_0;
  assign g_4_0 = g_4_4 | p_4_4 & g_3_0;
  assign g_5_0 = g_5_4 | p_5_4 & g_3_0;
  assign g_6_0 = g_6_4 | p_6_4 & g_3_0;
  assign g_7_0 = g_7_4 | p_7_4 & g_3_0;

  // Results
  wire s_1;
  wire s_2;
  wire s_3;
  wire s_4;
  wire s_5;
  wire s_6;
  wire s_7;
  assign s_1 = x_1 ^ g_0_0;
  assign s_2 = x_2 ^ g_1_0;
  assign s_3 = x_3 ^ g_2_0;
  assign s_4 = x_4 ^ g_3_0;
  assign s_5 = x_5 ^ g_4_0;
  assign s_6 = x_6 ^ g_5_0;
  assign s_7 = x_7 ^ g_6_0;

  // Outputs
  assign sum[0] = x_0;
  assign sum[1] = s_1;
  assign sum[2] = s_2;
  assign sum[3] = s_3;
  assign sum[4] = s_4;
  assign sum[5] = s_5;
  assign sum[6] = s_6;
  assign sum[7] = s_7;
  assign cout = g_7_0;

endmodule
