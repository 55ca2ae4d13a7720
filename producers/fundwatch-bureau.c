/* fundwatch-bureau - policies, and the money that the bureau itself moves. */
#include "producers/programs.h"

int main(int argc, char **argv)
{
    return program_main(&bureau_program, argc, argv);
}
