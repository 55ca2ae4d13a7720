/* fundwatch-tax - fees received, from the tax office. */
#include "producers/programs.h"

int main(int argc, char **argv)
{
    return program_main(&tax_program, argc, argv);
}
