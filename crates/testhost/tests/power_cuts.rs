//! A virtual machine whose power is cut at random while three clients change accounts. After each boot no file is torn, everything
//! that was acknowledged is there, nothing is half done, every site answers and no plan would change anything.
//! `NUSANTARA_POWER_CUTS` says how often, `NUSANTARA_SEED` which.

mod hostd;
mod neighbour;
mod panel;
mod stream;

use hostd::Hostd;
use hostd::apps::machine;
use panel::{Fallible, api};
use std::time::{Duration, Instant};
use stream::{Client, Dice, Model, Step, check, number, proof, read, settled};

const CLIENTS: usize = 3;

#[test]
fn nothing_acknowledged_is_lost_when_the_power_is_cut() -> Fallible {
    let seed = Dice::seed()?;
    let cuts = number("NUSANTARA_POWER_CUTS", 1)?;
    let mut dice = Dice::new(seed);
    let mut clients: Vec<Client> = (0..CLIENTS).map(|i| Client::new(i, seed)).collect();
    let mut host = machine("power")?;
    let began = Instant::now();
    let mut sites = 0;
    for cut in 1..=cuts {
        // Long enough for some changes to end, and anywhere within one.
        let after = Duration::from_millis(4_000 + dice.below(16_000));
        std::thread::scope(|scope| -> Fallible {
            let workers: Vec<_> = clients
                .iter_mut()
                .map(|client| {
                    let host = &host;
                    scope.spawn(move || {
                        loop {
                            match client.step(host) {
                                Ok(Step::Done) => {}
                                Ok(Step::Away(_)) => return Ok(()),
                                Err(error) => return Err(error.to_string()),
                            }
                        }
                    })
                })
                .collect();
            std::thread::sleep(after);
            host.cut_power()?;
            for worker in workers {
                worker.join().map_err(|_| "a client panicked")??;
            }
            Ok(())
        })
        .map_err(|e| format!("before cut {cut}: {e}"))?;
        host.switch_on()?;
        host.wait_until("the panel", Duration::from_secs(120), || {
            Ok(api(&host, "GET", "/api/v1/accounts", None).ok().filter(|answer| answer.status == 200))
        })?;
        settled(&host)?;
        let now = read(&host)?;
        for client in &mut clients {
            client.resume(&host, &now).map_err(|e| format!("cut {cut} after {after:?}: {e}"))?;
        }
        sites += check(&host, &Hostd::of(&host)?, &clients, &Model::new()).map_err(|e| format!("cut {cut} after {after:?}: {e}"))?;
        host.check_journal()?;
        eprintln!("cut {cut} of {cuts}: {} changes acknowledged so far, none lost", acknowledged(&clients));
    }
    let ended: u64 = clients.iter().map(|client| client.ended).sum();
    assert!(ended > 0, "something was changed");
    proof(
        "power cuts",
        &format!(
            "{cuts} cuts at random within a stream of changes, {} acknowledged, 0 lost; no torn file; {sites} answers of sites after the boots; {} min (seed {seed})",
            acknowledged(&clients),
            began.elapsed().as_secs() / 60
        ),
    );
    Ok(host.finish()?)
}

fn acknowledged(clients: &[Client]) -> u64 {
    clients.iter().map(|client| client.acknowledged).sum()
}
